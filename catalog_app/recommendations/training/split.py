"""Where a history is parted, so that what was learned of the earlier part is checked on the later one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

EARLIER: Final = 0.8
"""This part of the impressions is learned from, the rest is for the check."""
_LEAST: Final = 0.5
_MOST: Final = 0.95


def moment_of_split(at: NDArray[np.float64]) -> float | None:
    """Return the moment that parts impressions (seconds, in order): about four fifths begin before it.

    What happened at one moment stays together. None where no moment leaves from a half to 19 of 20 before it: then
    time tells nothing apart.
    """
    if not len(at):
        return None
    wanted = at[int(EARLIER * len(at))]
    candidates = [float(wanted)]
    later = at[at > wanted]
    if len(later):
        candidates.append(float(later[0]))
    shares = [float(np.mean(at < moment)) for moment in candidates]
    share, moment = min(zip(shares, candidates, strict=True), key=lambda one: abs(one[0] - EARLIER))
    return moment if _LEAST <= share <= _MOST else None
