"""What an error page says beside what happened: what it means, what was kept, and what can be done next."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from flask import request

from catalog_app.core.babel import in_words
from catalog_app.core.errors import Sentence


@dataclass(frozen=True)
class ErrorWords:
    """One kind of error for people: a title that names the fact, what was kept, and what to do next."""

    title: Sentence
    kept: Sentence | None = None
    advice: Sentence | None = None
    may_repeat: bool = False


@dataclass(frozen=True)
class ErrorPage:
    """All that an error page shows, finished. `again` and `back` are addresses of this site, or None."""

    code: int
    title: str
    detail: str
    stays: str | None
    advice: str | None
    again: str | None
    back: str | None
    request_id: str


class ErrorFrame(Protocol):
    """A room that can show an error inside the frame of the pages; None where the bare page has to do."""

    def __call__(self, page: ErrorPage) -> str | None: ...


_NOTHING_CHANGED: Final = Sentence("Nothing was changed.")
_NOTHING_SAVED: Final = Sentence("Nothing was saved. What you typed is still on the page before this one.")
_OTHER: Final = ErrorWords(Sentence("This did not work"), _NOTHING_SAVED)
_WORDS: Final[Mapping[int, ErrorWords]] = {
    HTTPStatus.BAD_REQUEST: ErrorWords(
        Sentence("This request could not be used"),
        _NOTHING_SAVED,
        Sentence("Go back, reload the page and send it again."),
    ),
    HTTPStatus.FORBIDDEN: ErrorWords(
        Sentence("Not allowed"),
        _NOTHING_CHANGED,
        Sentence("Ask one of those who may, or an admin for another role."),
    ),
    HTTPStatus.NOT_FOUND: ErrorWords(
        Sentence("Nothing is at this address"),
        None,
        Sentence("What was deleted is still told of in the activity; a product can be restored from there."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorWords(
        Sentence("This address is not for looking at"),
        _NOTHING_CHANGED,
        Sentence("Go back and use the button there."),
    ),
    HTTPStatus.CONFLICT: ErrorWords(
        Sentence("It has moved on meanwhile"),
        _NOTHING_SAVED,
        Sentence("Look at how it stands now, and decide again."),
    ),
    HTTPStatus.PRECONDITION_FAILED: ErrorWords(
        Sentence("Somebody was faster"),
        _NOTHING_SAVED,
        Sentence("Look at how it stands now, and decide again."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorWords(
        Sentence("Too much at once"),
        _NOTHING_SAVED,
        Sentence("Send less, or cut the file in parts. An operator can raise the limit."),
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: ErrorWords(
        Sentence("Something in it breaks a rule"),
        _NOTHING_SAVED,
        Sentence("Go back and correct what was refused."),
    ),
    HTTPStatus.TOO_MANY_REQUESTS: ErrorWords(
        Sentence("Too often in a short time"),
        _NOTHING_CHANGED,
        Sentence("Wait a moment, then try again."),
        may_repeat=True,
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ErrorWords(
        Sentence("Something broke here"),
        Sentence("Nothing was changed, and what broke was written down."),
        Sentence("Try again. If it breaks again, give the request id to whoever runs this service."),
        may_repeat=True,
    ),
    HTTPStatus.INSUFFICIENT_STORAGE: ErrorWords(
        Sentence("The disk is full"),
        Sentence("Nothing that was saved before is lost."),
        Sentence("Everybody who is signed in can go on reading. Saving and signing in work again when there is room."),
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: ErrorWords(
        Sentence("The database does not answer"),
        Sentence("Nothing that was saved before is lost."),
        Sentence("It is mostly back within a minute."),
        may_repeat=True,
    ),
}
_UNKNOWN: Final = ErrorWords(
    Sentence("It is not known whether this was saved"),
    Sentence("It was saved as a whole or not at all, and nothing that was saved before is lost."),
    Sentence("Look at how it stands now, and send it again only if it is not there."),
)


def error_page(status: int, detail: str, request_id: str, *, is_unknown: bool = False) -> ErrorPage:
    """Return what the page of an error shows to who asked now; `is_unknown` is whether something was changed."""
    words = _UNKNOWN if is_unknown else _WORDS.get(status, _OTHER)
    is_reading = request.method in {"GET", "HEAD"}
    return ErrorPage(
        code=int(status),
        title=in_words(words.title),
        detail=in_words(detail),
        # Looking changes nothing: to say so would only worry.
        stays=in_words(words.kept) if words.kept and (not is_reading or words.may_repeat) else None,
        advice=in_words(words.advice) if words.advice else None,
        again=_here() if words.may_repeat and is_reading else None,
        back=_before(),
        request_id=request_id,
    )


def _here() -> str:
    return request.full_path.rstrip("?")


def _before() -> str | None:
    """Return the page of this site that led here, if the browser says so and it is another one."""
    root, referrer = request.host_url, request.referrer or ""
    if not referrer.startswith(root):
        return None
    target = "/" + referrer.removeprefix(root)
    return target if target != _here() and not target.startswith("//") else None
