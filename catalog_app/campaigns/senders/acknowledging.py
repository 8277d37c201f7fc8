"""What the campaign engine says of messages that it leased: sent, or failed and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from catalog_app.campaigns.senders import settling
from catalog_app.campaigns.senders.base import TAKEN, Handed, Result
from catalog_app.campaigns.senders.settling import Settled
from catalog_app.core.db import writing
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.text import clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.products.field_types import MAX_INT

MAX_ITEMS: Final = 1000
_MAX_ERROR: Final = 255
Line = Annotated[str, AfterValidator(clean_line)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AckItem(_Said):
    """What became of one message. A failed one is tried again later, and given up after a day."""

    delivery_id: Annotated[int, Field(ge=1, le=MAX_INT)]
    status: Literal["sent", "failed"]
    error: Annotated[Line, Field(max_length=_MAX_ERROR)] | None = None

    def handed(self) -> Handed:
        return (
            TAKEN if self.status == "sent" else Handed(Result.LATER, self.error or "the campaign engine said no more")
        )


class Acknowledgement(_Said):
    """Settles a lease of the outbox: the messages that are named, or with none named all of them as sent."""

    lease: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[0-9a-f]+$")]
    items: Annotated[list[AckItem], Field(min_length=1, max_length=MAX_ITEMS)] | None = None

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return what was said checked, or raise RuleError."""
        try:
            said = cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None
        seen: set[int] = set()
        for number, item in enumerate(said.items or ()):
            if item.delivery_id in seen:
                raise RuleError({f"items.{number}.delivery_id": Fault("repeated", "Name each delivery once.")})
            seen.add(item.delivery_id)
        return said


@dataclass(frozen=True)
class Acknowledged:
    """How many messages were settled by this word, and what became of each that was named."""

    settled: int
    items: Sequence[Settled]


def acknowledge(said: Acknowledgement, now: datetime) -> Acknowledged:
    """Settle what was said of a lease, in one transaction. Said twice it is the same."""
    with writing() as session:
        if said.items is None:
            return Acknowledged(settling.settle_all(session, said.lease, now), ())
        results = {item.delivery_id: item.handed() for item in said.items}
        items = settling.settle(session, said.lease, results, now)
    return Acknowledged(sum(item.code == "settled" for item in items), items)
