"""Answers that cannot be read as records: what is wrong with them, and who can do something about it."""

from typing import Final

from catalog_app.core.http import Answer, FetchFailedError
from catalog_app.core.strict_json import BOM, StrictJsonError

WRONG_PLACE: Final = (
    "Check the base URL and the preset of this system: something else than its product list may answer there"
)
WRONG_CONTENT: Final = "Ask those who run it to correct what it sends: neither its address nor its preset is the reason"


def refuse_html(answer: Answer) -> None:
    """Raise FetchFailedError for a page that is meant for people."""
    if answer.headers.get("content-type", "").lower().startswith("text/html"):
        raise FetchFailedError("it answered with an HTML page instead of records", WRONG_PLACE)


def unreadable(answer: Answer, fault: StrictJsonError) -> FetchFailedError:
    """Return the error of an answer that is not strict JSON; one that begins like JSON came from the right place."""
    is_meant_as_json = answer.body.removeprefix(BOM).lstrip().startswith((b"{", b"["))
    return FetchFailedError(f"its answer {fault}", WRONG_CONTENT if is_meant_as_json else WRONG_PLACE)
