"""Making a decision: worked out with nothing held, then written only if all that it rests on still stands.

What moved meanwhile has it made anew; where that happens again and again it is made while nothing can move. So no
answer, and no decision in the log, offers what was withdrawn before it was written.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from catalog_app.core.bulk_sql import json_text
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.write_connections import write
from catalog_app.products.masks.cards import READ, Card, entry_of
from catalog_app.products.reads.owned_forms import completed
from catalog_app.recommendations.decisions import counting
from catalog_app.recommendations.decisions.asked import Asked, Decided
from catalog_app.recommendations.decisions.not_launched import not_launched
from catalog_app.recommendations.decisions.writing import Draft, insert
from catalog_app.recommendations.scoring.contacting import known_by
from catalog_app.recommendations.scoring.deciding import decided
from catalog_app.recommendations.scoring.grounds import Grounds, MovedError, grounds_keeper
from catalog_app.recommendations.scoring.recommending import Recommended, Similar, recommended, similar
from catalog_app.recommendations.scoring.standing import present

MOST_TOLD: Final = 200
"""Of so many products an answer says why they are left out."""
PATIENCE: Final = 3
"""So often a decision is made with nothing held; then nothing may move until it is written."""
_NAMES_SQLITE: Final = "SELECT id, name FROM product WHERE id IN (SELECT value FROM json_each(?))"
_HOLD: Final = "SELECT id FROM product WHERE id = ANY(%s) ORDER BY id FOR SHARE SKIP LOCKED"
_HOLD_ALL: Final = "LOCK TABLE catalogue_version IN SHARE MODE"


def decide(asked: Asked, *, actor: str) -> Decided:
    """Decide, write it down, and return the decision."""
    tries = 0
    while True:
        tries += 1
        try:
            draft, grounds = read_connections().read(lambda reader: _draft(reader, asked, actor))
            if tries <= PATIENCE:
                number = write(partial(_written, draft=draft, grounds=grounds))
            else:
                draft, number = write(lambda reader: _held(reader, asked, actor))
        except MovedError:
            counting.anew()
            continue
        counting.made(draft.decided.basis)
        return replace(draft.decided, decision_id=number)


def preview(asked: Asked, *, now: datetime, excluded: int) -> Decided:
    """Return what would be decided, without writing anything down, and nothing of it left to chance."""

    def read(reader: Reader) -> Decided:
        grounds = grounds_keeper().at(reader)
        told = _knowing_owned(reader, replace(asked, explore=False))
        known = known_by(reader, grounds.contacts, told.customer_id, now=now)
        answer = decided(grounds, told, known, now, excluded=excluded, names=_names(reader, grounds, told)).answer
        return _with_others(reader, grounds, told, answer, excluded)

    return read_connections().read(read)


def recommend(asked: Asked) -> Recommended:
    """Return what goes with a customer; nobody writes it down."""

    def read(reader: Reader) -> Recommended:
        grounds, now = grounds_keeper().at(reader), utcnow()
        told = _knowing_owned(reader, asked)
        known = known_by(reader, grounds.contacts, told.customer_id, now=now)
        most = MOST_TOLD if told.explain else 0
        return recommended(grounds, told, known, now, excluded=most, names=_names(reader, grounds, told))

    return read_connections().read(read)


def similar_to(product_id: int, limit: int) -> Similar:
    """Return what of the products on sale is like this one; raise NotFoundError where it is not there."""

    def read(reader: Reader) -> Similar:
        grounds = grounds_keeper().at(reader)
        return similar(grounds, _card(reader, grounds, product_id), utcnow(), limit)

    return read_connections().read(read)


def _card(reader: Reader, grounds: Grounds, product_id: int) -> Card:
    row = grounds.compiled.row_of.get(product_id)
    if row is not None:
        return grounds.compiled.cards[row]
    documents = reader.rows(f"{READ} id = {reader.place}", (product_id,))
    if not documents:
        raise NotFoundError(Sentence("There is no product %(product)s.", product=product_id))
    return entry_of(documents[0]).card


def _draft(reader: Reader, asked: Asked, actor: str, *, is_held: bool = False) -> tuple[Draft, Grounds]:
    """Decide on what stands now."""
    keeper = grounds_keeper()
    grounds = keeper.held(reader) if is_held else keeper.at(reader)
    now = utcnow()
    asked = _knowing_owned(reader, asked)
    known = known_by(reader, grounds.contacts, asked.customer_id, now=now)
    names, most = _names(reader, grounds, asked), MOST_TOLD if asked.explain else 0
    worked = decided(grounds, asked, known, now, excluded=most, names=names)
    answer = _with_others(reader, grounds, asked, worked.answer, most)
    return Draft(asked, answer, known.customer, grounds.compiled.ids[worked.rows], worked.seed, actor), grounds


def _with_others(reader: Reader, grounds: Grounds, asked: Asked, answer: Decided, most: int) -> Decided:
    """Return the answer with the candidates that are not launched among what is left out, as far as there is room."""
    if not most or asked.candidates is None:
        return answer
    others = not_launched(reader, grounds, asked, answer.decided_at, most)
    return replace(
        answer,
        excluded=(*answer.excluded, *others)[:most],
        excluded_count=answer.excluded_count + len(others),
    )


def _knowing_owned(reader: Reader, asked: Asked) -> Asked:
    """Return the question with what is owned in both forms: models and policy know products by their number.

    Masks complete numbers by themselves, so without an explanation only names take a look.
    """
    owned = asked.customer.owned
    if owned is None or owned.is_resolved or not (owned.keys or (asked.explain and owned.ids)):
        return asked
    return replace(asked, customer=asked.customer.owning(completed(reader, owned)))


def _names(reader: Reader, grounds: Grounds, asked: Asked) -> Mapping[int, str]:
    """Return the names of what is owned and not launched any more: reasons name it."""
    owned = asked.customer.owned
    if owned is None or grounds.live is None:
        return {}
    gone = [number for number in owned.ids if number not in grounds.compiled.row_of]
    if not gone:
        return {}
    if reader.is_postgresql:
        return dict(reader.rows("SELECT id, name FROM product WHERE id = ANY(%s)", (gone,)))
    return dict(reader.rows(_NAMES_SQLITE, (json_text(gone),)))


def _written(reader: Reader, draft: Draft, grounds: Grounds) -> int:
    """Write a decision if all that it rests on is as it was, and stays so until it is written; else raise MovedError.

    On SQLite nobody else writes meanwhile. On PostgreSQL the offered products are held, so that nobody takes one away
    between this look and the end; one that somebody is changing right now is not waited for while others are held.
    """
    if reader.is_postgresql:
        wanted = [offer.product_id for offer in draft.decided.offers]
        if len(reader.rows(_HOLD, (wanted,))) < len(wanted):
            raise MovedError
    if present(reader) != grounds.present:
        raise MovedError
    return insert(reader, draft)


def _held(reader: Reader, asked: Asked, actor: str) -> tuple[Draft, int]:
    """Decide while nothing can move: who changes the catalogue has to wait until this is written."""
    if reader.is_postgresql:
        reader.run(_HOLD_ALL)
    draft, _ = _draft(reader, asked, actor, is_held=True)
    return draft, insert(reader, draft)
