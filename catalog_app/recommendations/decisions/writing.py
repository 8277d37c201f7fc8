"""Writing a decision down before its answer leaves: one row, and its candidates where nobody has kept them yet."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from catalog_app.core.db import Base
from catalog_app.core.json_values import money_text
from catalog_app.core.reader import Reader
from catalog_app.recommendations.decisions.asked import Asked, Decided, Offer
from catalog_app.recommendations.decisions.candidate_sets import hash_of, packed
from catalog_app.recommendations.decisions.retention import USED_AGAIN
from catalog_app.recommendations.models import Decision

_COLUMNS: Final = tuple(
    column.name for column in Base.metadata.tables[Decision.__tablename__].columns if column.name != "id"
)
_CERTAIN: Final = 1.0
"""The probability of what is not left to chance."""
_KNOWN_SET: Final = "SELECT 1 FROM nbo_candidate_set WHERE hash = ? AND last_used > ?"
_KEEP_SET: Final = (
    "INSERT INTO nbo_candidate_set (hash, size, product_ids, last_used) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (hash) DO UPDATE SET last_used = excluded.last_used"
)
_INSERT: Final = (
    f"INSERT INTO nbo_decision ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) RETURNING id"  # noqa: S608  # our own names
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision as it is about to be written: about which customer (a hash), and among which product ids."""

    asked: Asked
    decided: Decided
    customer: str | None
    candidates: NDArray[np.int64]
    seed: int
    actor: str


def insert(reader: Reader, draft: Draft) -> int:
    """Write a decision inside the transaction of `reader` and return its number."""
    decided, asked = draft.decided, draft.asked
    key = _kept_set(reader, draft)
    owned = asked.customer.owned
    values = {
        "decided_at": reader.stored(decided.decided_at),
        "customer": draft.customer,
        "channel": asked.channel,
        "context": asked.context,
        "features": _json(asked.features) if asked.features else None,
        "owned": None if owned is None else _json(sorted(owned.ids)),
        "candidate_set": key,
        "eligible": decided.eligible,
        "model_version": decided.model_version,
        "basis": decided.basis,
        "arm": decided.arm,
        "seed": draft.seed,
        "offers": _json([offer_row(offer) for offer in decided.offers]),
        "probability": decided.offers[0].probability if decided.offers else _CERTAIN,
        "asked_by": draft.actor,
    }
    return int(reader.value(_words(reader, _INSERT), [values[name] for name in _COLUMNS]))


def offer_row(offer: Offer) -> dict[str, Any]:
    """Return an offer as the log keeps it: what it was chosen by. `value` is the factor, `worth` is money."""
    return {
        "product_id": offer.product_id,
        "rank": offer.rank,
        "priority": offer.priority,
        "propensity": offer.propensity,
        "context": offer.factors.context,
        "value": offer.factors.value,
        "levers": offer.factors.levers,
        "worth": None if offer.value is None else money_text(offer.value),
        "probability": offer.probability,
    }


def _kept_set(reader: Reader, draft: Draft) -> str:
    """Return what the candidates are known by, once they are kept."""
    ids, now = packed(draft.candidates), draft.decided.decided_at
    key = hash_of(ids)
    if reader.value(_words(reader, _KNOWN_SET), (key, reader.stored(now - USED_AGAIN))) is None:
        reader.run(_words(reader, _KEEP_SET), (key, len(draft.candidates), ids, reader.stored(now)))
    return key


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _words(reader: Reader, statement: str) -> str:
    return statement.replace("?", "%s") if reader.is_postgresql else statement
