"""Views that somebody has just deleted, so that they can be brought back: this browser's signed cookie remembers them."""

from typing import Any, Final

import orjson
from flask import session

from catalog_app.accounts.identity import signed_in
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.products.lists.models import SavedView

_KEPT: Final = "deleted-views"
# A cookie holds 4,096 bytes, and ours holds toasts too.
_ROOM: Final = 2_000
_FIELDS: Final = ("owner", "name", "query", "shared", "position")


def remember(view: SavedView) -> bool:
    """Remember a view that was deleted; return whether there was room. The older ones make place."""
    person = signed_in().user_id
    said: dict[str, Any] = {name: getattr(view, name) for name in _FIELDS} | {"by": person}
    kept = {**session.get(_KEPT, {}), str(view.id): said}
    while kept and len(orjson.dumps(kept)) > _ROOM:
        kept.pop(next(iter(kept)))
    session[_KEPT] = kept
    return str(view.id) in kept


def recall(number: int) -> SavedView:
    """Return the view as it was, to be kept anew; raise NotFoundError where it is remembered no more."""
    said = session.get(_KEPT, {}).get(str(number))
    if said is None or said["by"] != signed_in().user_id:
        raise NotFoundError(Sentence("This view can no longer be brought back."))
    return SavedView(**{name: said[name] for name in _FIELDS})


def forget(number: int) -> None:
    """Forget a view that is back."""
    session[_KEPT] = {key: said for key, said in session.get(_KEPT, {}).items() if key != str(number)}
