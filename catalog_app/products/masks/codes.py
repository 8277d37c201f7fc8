"""Outcomes as numbers: the least of several is what all of them come to."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
"""One outcome for each product: NO, UNKNOWN or YES."""
Mask = NDArray[np.bool_]

NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2


def coded(allowed: Mask) -> Codes:
    """Return YES where something is allowed, NO elsewhere."""
    return np.asarray(allowed.view(np.uint8) << 1, np.uint8)
