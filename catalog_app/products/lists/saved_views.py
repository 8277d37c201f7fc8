"""Saved views: states of the list that people gave a name, their own and those they share."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.db import writing
from catalog_app.core.errors import Fault, NotFoundError, RuleError, Sentence
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader, Rows
from catalog_app.core.text import clean_line
from catalog_app.products.lists.models import SavedView

MAX_NAME = 60
_NAMED: Final = """
    SELECT name, query FROM saved_view WHERE owner = {0} OR shared
    ORDER BY CASE WHEN owner = {0} THEN 0 ELSE 1 END, position, name, id
"""
MAX_QUERY = 4_000
MOST = 50
"""So many views may one person have."""


def views_of(session: Session, user_id: int) -> Sequence[SavedView]:
    """Return the views a person sees: their own in their own order, then what others share, by name."""
    seen = select(SavedView).where(or_(SavedView.owner == user_id, SavedView.shared))
    return session.scalars(
        seen.order_by((SavedView.owner == user_id).desc(), SavedView.position, SavedView.name, SavedView.id)
    ).all()


def views_named(user_id: int) -> list[tuple[str, str]]:
    """Return the same as pairs of name and query, past the ORM: they stand beside every list."""
    return read_connections().read(lambda reader: [(name, query) for name, query in _named(reader, user_id)])


def _named(reader: Reader, user_id: int) -> Rows:
    return reader.rows(_NAMED.format(reader.place), (user_id, user_id))


def save_view(user_id: int, name: str, query: str, *, shared: bool) -> SavedView:
    """Keep a state of the list under a name, last among the person's own; raises RuleError."""
    if len(query) > MAX_QUERY:
        raise RuleError({"name": Fault("too_long", "These filters are too many for a view.")})
    with writing() as session:
        checked = _name(session, user_id, name)
        own = SavedView.owner == user_id
        count, last = session.execute(select(func.count(), func.max(SavedView.position)).where(own)).one()
        if count >= MOST:
            raise RuleError({"name": Fault("too_many", "%(most)s views are the most. Delete one first.", most=MOST)})
        view = SavedView(owner=user_id, name=checked, query=query, shared=shared, position=(last or 0) + 1)
        session.add(view)
        session.flush()
        return view


def change_view(view_id: int, user_id: int, name: str, *, shared: bool) -> SavedView:
    """Rename one's own view, share it or take it back; raises RuleError, NotFoundError for anybody else's."""
    with writing() as session:
        view = _own(session, view_id, user_id)
        view.name, view.shared = _name(session, user_id, name, besides=view), shared
        return view


def move_up(view_id: int, user_id: int) -> None:
    """Put one's own view before the one above it; the first stays where it is."""
    with writing() as session:
        view = _own(session, view_id, user_id)
        own = [one for one in views_of(session, user_id) if one.owner == user_id]
        at = own.index(view)
        if at:
            own[at - 1 : at + 1] = [view, own[at - 1]]
        for position, one in enumerate(own, 1):
            one.position = position


def delete_view(view_id: int, user_id: int, *, any_shared: bool = False) -> SavedView:
    """Forget one's own view, or with `any_shared` also what somebody else shares; return what it was."""
    with writing() as session:
        view = session.get(SavedView, view_id)
        if view is None or not (view.owner == user_id or (any_shared and view.shared)):
            raise NotFoundError(Sentence("There is no such view."))
        session.delete(view)
        return view


def restore_view(view: SavedView) -> SavedView:
    """Bring back a view that was deleted, where it stood; raises RuleError where its name was given away meanwhile."""
    with writing() as session:
        view.name = _name(session, view.owner, view.name)
        session.add(view)
        session.flush()
        return view


def _own(session: Session, view_id: int, user_id: int) -> SavedView:
    view = session.get(SavedView, view_id)
    if view is None or view.owner != user_id:
        raise NotFoundError(Sentence("There is no such view."))
    return view


def _name(session: Session, user_id: int, name: str, *, besides: SavedView | None = None) -> str:
    try:
        checked = clean_line(name)
    except ValueError as error:
        raise RuleError({"name": str(error)}) from None
    if not checked:
        raise RuleError({"name": Fault("missing", "Fill this in.")})
    if len(checked) > MAX_NAME:
        raise RuleError({"name": Fault("too_long", "Use at most %(most)s characters.", most=MAX_NAME)})
    twin = session.scalars(select(SavedView).where(SavedView.owner == user_id, SavedView.name == checked)).first()
    if twin is not None and twin is not besides:
        raise RuleError({"name": Fault("taken", "You have a view of this name.")})
    return checked
