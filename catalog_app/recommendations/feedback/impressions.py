"""What one customer's events say: which offers were shown and taken, what the customer has, and what is known of them."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from catalog_app.recommendations.features import FeatureValue
from catalog_app.recommendations.models import ACCEPTED, CLICKED, HELD, SHOWN

Features = Mapping[str, FeatureValue]
NOTHING: Final[Features] = {}
_ORDER: Final = {HELD: 0, SHOWN: 1, CLICKED: 2}
"""What happened at the same moment, in the order in which it can have happened; answers come last."""


class Event(NamedTuple):
    """One event: `at` in seconds, what was told with it (None: nothing), and the decision that it belongs to."""

    at: float
    kind: str
    event_id: str
    product_id: int
    features: Features | None
    owned: Sequence[int] | None
    decision_id: int | None


@dataclass(slots=True)
class Impression:
    """An offer that was shown, and whether it was taken.

    `features` and `owned` are what was known when it began; the offered product itself is never among `owned`.
    `answered` is when it was accepted or declined; None as long as nothing was said.
    """

    at: float
    event_id: str
    product_id: int
    decision_id: int | None
    features: Features
    owned: tuple[int, ...]
    was_shown: bool
    accepted: bool = False
    answered: float | None = None


@dataclass(slots=True)
class Past:
    """One customer: their impressions, and what was known of them from when on, in the order of time.

    `told` are the moments at which something was told, with the features and the holdings that were known since.
    """

    impressions: list[Impression] = field(default_factory=list)
    began: tuple[float, str] = (0.0, "")
    told: list[float] = field(default_factory=list)
    features: list[Features] = field(default_factory=list)
    owned: list[tuple[int, ...]] = field(default_factory=list)

    def known(self, before: float) -> tuple[Features, tuple[int, ...]] | None:
        """Return the features and the holdings known just before a moment; None where nothing had happened."""
        place = bisect_left(self.told, before)
        return (self.features[place - 1], self.owned[place - 1]) if place else None


def past_of(events: Sequence[Event], within: float) -> Past:
    """Return what the events of one customer say, whichever order they come in.

    An impression begins where an offer is shown, or clicked or answered without having been shown. The answer belongs
    to the newest one of the same decision, else of the same product, not longer than `within` seconds before; shown
    twice in one decision is one impression. What nothing was answered to was not accepted.
    """
    reading = _Reading(within)
    for event in sorted(events, key=_when):
        reading.take(event)
    return reading.past


def _when(event: Event) -> tuple[float, int, str]:
    return event.at, _ORDER.get(event.kind, len(_ORDER)), event.event_id


class _Reading:
    """Reads the events of one customer in the order of time."""

    def __init__(self, within: float) -> None:
        self.past = Past()
        self._within = within
        self._features: Features = NOTHING
        self._held: frozenset[int] = frozenset()
        self._taken: set[int] = set()
        # By product, the newest last; one that was answered goes when it comes to stand last.
        self._open: dict[int, list[Impression]] = {}
        # By product and decision, the newest.
        self._of_decision: dict[tuple[int, int | None], Impression] = {}

    def take(self, event: Event) -> None:
        if not self.past.told:
            self.past.began = event.at, event.event_id
        if event.features is not None:
            self._features = event.features
        if event.owned is not None:
            # Who took an offer has it, whether it is told again or not: what is told as owned may be older than that.
            self._held = frozenset(self._taken.union(event.owned))
        if event.kind != HELD:
            self._offer(event)
        if event.kind in (ACCEPTED, HELD):
            self._taken.add(event.product_id)
            self._held |= {event.product_id}
        self._note(event.at)

    def _offer(self, event: Event) -> None:
        open_one = self._answered_by(event)
        if event.kind == SHOWN:
            if open_one is None or event.decision_id is None or open_one.decision_id != event.decision_id:
                self._begin(event)
            return
        impression = open_one or self._begin(event)
        if event.kind != CLICKED:
            impression.answered, impression.accepted = event.at, event.kind == ACCEPTED

    def _answered_by(self, event: Event) -> Impression | None:
        """Return the impression that the event belongs to: of its decision, else the newest open one.

        Costs the same however many there are: callers who do not know their customers tell all of one.
        """
        since = event.at - self._within
        same = self._of_decision.get((event.product_id, event.decision_id))
        if same is not None and same.at >= since:
            return same
        unanswered = self._open.get(event.product_id, [])
        while unanswered and unanswered[-1].answered is not None:
            unanswered.pop()
        return unanswered[-1] if unanswered and unanswered[-1].at >= since else None

    def _begin(self, event: Event) -> Impression:
        # What a caller tells now is what it will tell when it asks for an offer, so that counts as it is.
        held = self._held if event.owned is None else frozenset(event.owned)
        owned = tuple(sorted(held - {event.product_id}))
        impression = Impression(
            event.at, event.event_id, event.product_id, event.decision_id, self._features, owned, event.kind == SHOWN
        )
        self._open.setdefault(event.product_id, []).append(impression)
        if event.decision_id is not None:
            self._of_decision[event.product_id, event.decision_id] = impression
        self.past.impressions.append(impression)
        return impression

    def _note(self, at: float) -> None:
        past, owned = self.past, tuple(sorted(self._held))
        if past.told and past.features[-1] is self._features and past.owned[-1] == owned:
            return
        past.told.append(at)
        past.features.append(self._features)
        past.owned.append(owned)
