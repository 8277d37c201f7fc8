"""A batch from its first block to its last: each on what is committed when it is scored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from catalog_app.contacts.models import Contact, ContactChoice
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.read_connections import read_connections
from catalog_app.events.service import record_revision
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.reads.owned_forms import forms
from catalog_app.products.terms import CHANNELS
from catalog_app.recommendations.batches.checking import OWNED, checked
from catalog_app.recommendations.batches.columns import Block, Coded, Column
from catalog_app.recommendations.batches.offers import Offers
from catalog_app.recommendations.batches.reading import blocks_of
from catalog_app.recommendations.batches.writing import offers_file, rejects_file
from catalog_app.recommendations.decisions.asked import MAX_CANDIDATES, MAX_LIMIT
from catalog_app.recommendations.scoring.batch import Batch, BatchAsked
from catalog_app.recommendations.scoring.contacting import Contacts, Known, known_of
from catalog_app.recommendations.scoring.grounds import Grounds, grounds_keeper

SUBJECT: Final = "nbo_batch"
_COUNTED: Final = ("customers", "served", "offers", "rejected", "basis", "model_version")
_NO_FEATURES: Final = frozenset({OWNED, "channel", "context"})
MOST_KEYS: Final = 100_000
"""How many products that are named as their source does are remembered."""


@dataclass(slots=True)
class Done:
    """What came of a batch. `unknown_features` are columns that the model does not know, or that it misses."""

    customers: int = 0
    served: int = 0
    offers: int = 0
    rejected: int = 0
    basis: str | None = None
    model_version: int | None = None
    unknown_features: frozenset[str] = field(default_factory=frozenset)

    def as_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in _COUNTED}
        return {**told, "unknown_features": sorted(self.unknown_features)}

    def count(self, offers: Offers, unknown: frozenset[str]) -> None:
        self.customers += len(offers.block)
        self.served += offers.served
        self.offers += len(offers)
        self.rejected += len(offers.block.rejected)
        self.basis, self.model_version = offers.basis, offers.model_version
        self.unknown_features |= unknown


def asked_of(
    *, limit: int, channel: str | None, context: str | None, candidates: Iterable[int] | None = None
) -> BatchAsked:
    """Return what is the same for a whole batch; raise RuleError for what cannot be asked."""
    faults: dict[str, str] = {}
    if not 1 <= limit <= MAX_LIMIT:
        faults["limit"] = Sentence("Ask for 1 to %(most)s offers.", most=MAX_LIMIT)
    if channel is not None and channel not in CHANNELS:
        faults["channel"] = Sentence("Choose one of: %(channels)s.", channels=", ".join(CHANNELS))
    wanted = None if candidates is None else frozenset(candidates)
    if wanted is not None and not 1 <= len(wanted) <= MAX_CANDIDATES:
        faults["candidates"] = Sentence("Name 1 to %(most)s products.", most=MAX_CANDIDATES)
    if faults:
        raise RuleError(faults)
    return BatchAsked(limit, channel, context, wanted)


def run_file(source: Path, target: Path, rejects: Path, asked: BatchAsked, *, actor: str) -> Done:
    """Score the customers of a file into another, with the lines that cannot be scored in a third.

    Raises TableError where a file cannot be read or written; then the files are as they were before.
    """
    done = Done()
    with offers_file(target) as writer, rejects_file(rejects) as rejected:
        for offers in scored(blocks_of(source), asked, done):
            writer.write(offers)
            rejected.write(offers.block.rejected)
    note(target.name, done, actor=actor)
    return done


def scored(blocks: Iterable[Block], asked: BatchAsked, done: Done) -> Iterator[Offers]:
    """Yield the offers of each block, counting them; whatever was withdrawn before a block began is not among them."""
    looking = _Looking()
    for block in blocks:
        good = _with_known_channels(checked(block))
        now = utcnow()
        offers = looking.batch(asked).offers(good, now)
        done.count(offers, looking.unknown(good))
        yield offers


def note(file: str, done: Done, *, actor: str) -> None:
    """Write into the activity that a batch was scored, and what came of it. Single decisions are not written down."""
    told = {name: getattr(done, name) for name in _COUNTED}
    with writing() as session:
        changes = {name: [None, value] for name, value in told.items() if value is not None}
        record_revision(
            session, (SUBJECT, 0, file[:255]), changes, version=1, action="scored", actor=actor, at=utcnow()
        )


class _Looking:
    """What a batch looks up: the grounds before each block, what is owned, and the contacts."""

    def __init__(self) -> None:
        self._reads, self._keeper = read_connections(), grounds_keeper()
        self._batch: Batch | None = None
        self._numbers: dict[ProductKey, int] = {}

    def batch(self, asked: BatchAsked) -> Batch:
        """Return what scores on the grounds of this moment."""
        grounds: Grounds = self._reads.read(self._keeper.at)
        if self._batch is None or self._batch.grounds is not grounds:
            self._numbers.clear()
            self._batch = Batch(grounds, asked, self._numbers_of, partial(_known_of, grounds.contacts))
        return self._batch

    def unknown(self, block: Block) -> frozenset[str]:
        """Return the columns that the model does not know, and the features that it knows and the block lacks."""
        live = None if self._batch is None else self._batch.grounds.live
        if live is None:
            return frozenset()
        told = (_features(block.columns) | block.flat.keys()) - _NO_FEATURES
        return frozenset(told ^ set(live.model.customer_space.features))

    def _numbers_of(self, keys: Sequence[ProductKey]) -> Mapping[ProductKey, int]:
        unseen = frozenset(keys) - self._numbers.keys()
        if unseen:
            if len(self._numbers) > MOST_KEYS:
                self._numbers.clear()
                unseen = frozenset(keys)
            found = self._reads.read(lambda reader: forms(reader, Owned(keys=unseen)))
            self._numbers |= dict.fromkeys(unseen, -1) | {key: number for number, key in found}
        return self._numbers


def _features(columns: Mapping[str, Column]) -> set[str]:
    """Return the columns that are features by themselves; of objects it is their members."""
    return {
        name
        for name, column in columns.items()
        if not (isinstance(column, Coded) and any(isinstance(value, dict) for value in column.values))
    }


def _known_of(contacts: Contacts, customers: Sequence[str], channel: str | None) -> Sequence[Known] | None:
    """Return what the contacts know of these customers; None where they know nobody, and need no consent either."""
    session, policy = db.session(), contacts.policy
    try:
        if not _is_anybody_known(session) and channel not in policy.consent_channels:
            return None
        keys = [contacts.hashed(customer) for customer in customers]
        histories = known_of(session, keys, policy=policy, now=utcnow())
    finally:
        # What is read next has to see what was committed meanwhile.
        session.rollback()
    return [Known(key, histories[key], policy) for key in keys]


def _is_anybody_known(session: Session) -> bool:
    return any(session.scalar(select(exists().select_from(table))) for table in (Contact, ContactChoice))


def _with_known_channels(block: Block) -> Block:
    channels = block.columns.get("channel")
    if not isinstance(channels, Coded):
        return block
    wrong = {place for place, value in enumerate(channels.values) if value not in CHANNELS}
    fault = Sentence("Choose one of: %(channels)s.", channels=", ".join(CHANNELS))
    words = f"channel: {fault}"
    return block.without({row: words for row, code in enumerate(channels.codes.tolist()) if code in wrong})
