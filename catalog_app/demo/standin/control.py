"""The control door: a stand-in is told over HTTP, on its own port, to misbehave, to behave, or to change its products.

    GET  /_standin/    header X-Standin-Secret
         -> {"system", "products", "fault": null or a key, "faults": [{"key", "label"}], "actions": [{"key", "label"}]}
    POST /_standin/    {"fault": key} turns one fault on instead of any other, {"fault": null} all off,
                       {"action": key} changes the products; answers as GET does, 422 for a word it does not know

Without a secret there is no door (404), with another one it stays shut (403). What is asked here is not counted among
the requests that the stand-in has seen.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol

from catalog_app.demo.standin.credentials import same
from catalog_app.demo.standin.exchange import Answer, Request, json_answer, refusal
from catalog_app.demo.standin.faults import Fault

DOOR = "/_standin/"
HEADER = "x-standin-secret"

# What a person at the demo is offered, the most telling first. A test may turn on any fault.
_LABELS: Mapping[Fault, str] = {
    Fault.EMPTY_LISTING: "Answer with an empty list",
    Fault.HALF_LISTING: "Leave out half of the products",
    Fault.LYING_TOTAL: "Tell a total that is too high",
    Fault.IGNORE_OFFSET: "Send the first page again and again",
    Fault.REPEAT_FIRST_PAGE: "Send the first page twice",
    Fault.HTML_WITH_200: "Answer with a web page instead of products",
    Fault.ERROR_OBJECT_WITH_200: "Answer with an error, as if all were well",
    Fault.ERROR_503_ALWAYS: "Be down for maintenance",
    Fault.RETRY_AFTER_429: "Be too busy, once",
    Fault.SLOW_PAGES: "Wait three seconds before each page",
    Fault.TRUNCATED_BODY: "Break off in the middle of a page",
    Fault.CONNECTION_RESET: "Reset every connection",
    Fault.REFUSE_LOGIN: "Refuse the credentials",
    Fault.TOKEN_EXPIRES_MID_LISTING: "Let the access expire after one page",
    Fault.REDIRECT: "Redirect to another host",
    Fault.NEXT_LINK_ELSEWHERE: "Point to another host for the next page",
    Fault.DUPLICATE_IDS: "Send the first product twice, under two names",
    Fault.NAN_PRICE: "Send a price that is no number",
    Fault.GZIP_BOMB: "Send a page that unpacks to 256 MiB",
}
_DELAY = 3.0


class Controlled(Protocol):
    """A stand-in, seen through its control door."""

    name: str

    @property
    def size(self) -> int: ...
    @property
    def fault(self) -> Fault | None: ...
    @property
    def faults(self) -> frozenset[Fault]: ...
    @property
    def actions(self) -> Mapping[str, tuple[str, Callable[[], None]]]: ...
    def misbehave(self, fault: Fault, *, delay: float = 0.0) -> None: ...
    def behave(self) -> None: ...


def controlled(standin: Controlled, secret: str | None, request: Request) -> Answer | None:
    """Return what the control door answers, or None if it is not asked."""
    if not f"{request.path}/".startswith(DOOR):
        return None
    if secret is None:
        return refusal(HTTPStatus.NOT_FOUND, "This stand-in has no control door.")
    if not same(request.headers.get(HEADER, ""), secret):
        return refusal(HTTPStatus.FORBIDDEN, "The control door opens to its secret only.")
    if request.method == "POST" and not _done(standin, request):
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Send one fault, null, or one action that GET lists.")
    return json_answer(_state(standin))


def _done(standin: Controlled, request: Request) -> bool:
    try:
        told = request.json_object()
    except ValueError:
        return False
    match told:
        case {"fault": None}:
            standin.behave()
        case {"fault": str(key)} if key in Fault.__members__ and Fault[key] in standin.faults:
            standin.misbehave(Fault[key], delay=_DELAY)
        case {"action": str(key)} if key in standin.actions:
            standin.actions[key][1]()
        case _:
            return False
    return True


def _state(standin: Controlled) -> dict[str, object]:
    return {
        "system": standin.name,
        "products": standin.size,
        "fault": standin.fault.name if standin.fault else None,
        "faults": [{"key": one.name, "label": label} for one, label in _LABELS.items() if one in standin.faults],
        "actions": [{"key": key, "label": label} for key, (label, _) in standin.actions.items()],
    }
