"""What a campaign does while its product cannot be offered, as deliveries keep it and answers tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.campaigns.models import STOP

WITHDRAWAL: Final = "withdrawal"
"""The code under which a delivery keeps which withdrawal it follows."""
OF_PRICE: Final = ("price", "currency", "discount_percent")
"""What a campaign says of the price of its product, and of no other."""
_SAID: Final = ("code", "rule", "message")


@dataclass(frozen=True, slots=True)
class Followed:
    """The policy that a campaign follows because its product is withdrawn; `because` is one of offering.BECAUSE."""

    policy: str
    because: str
    product_id: int | None
    successor_id: int | None = None
    # What the campaign changes of its product and not of the successor.
    dropped: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether customers wait for the product to come back, where nothing can be offered in its place."""
        return self.policy != STOP

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"policy": self.policy, "because": self.because, "product_id": self.product_id}
        if self.successor_id is not None:
            shown |= {"successor_id": self.successor_id, "dropped": list(self.dropped)}
        return shown

    def as_reason(self) -> dict[str, Any]:
        """Return how a delivery keeps it, beside what spoke against the offer."""
        message = f"on_withdrawal: {self.policy}, because the product is {self.because}"
        return {"code": WITHDRAWAL, "rule": "on_withdrawal", "message": message, **self.as_json()}


def followed_in(reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the withdrawal that the reasons of a delivery tell of, as answers show it."""
    found = next((reason for reason in reasons if reason["code"] == WITHDRAWAL), None)
    return None if found is None else {name: part for name, part in found.items() if name not in _SAID}


def config_for_successor(config: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what of the campaign's changes holds for another product, and the names of what does not."""
    dropped = tuple(name for name in OF_PRICE if config.get(name) is not None)
    return {name: value for name, value in config.items() if name not in OF_PRICE}, dropped
