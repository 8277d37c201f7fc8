"""The ways in which a source is known to misbehave."""

from dataclasses import dataclass
from enum import Enum, auto


class Fault(Enum):
    """One way to misbehave, until `behave()` ends it. Those called "once" end by themselves."""

    REPEAT_FIRST_PAGE = auto()  # the second page asked for is the first one again, once
    IGNORE_OFFSET = auto()  # every page is the first page, and a next link never ends
    HTML_WITH_200 = auto()  # a login page instead of rows
    ERROR_500_ONCE = auto()
    ERROR_503_ALWAYS = auto()
    TOKEN_EXPIRES_MID_LISTING = auto()  # after one page every access token given out is void, once
    REFUSE_LOGIN = auto()  # neither login nor refresh; tokens that live go on living
    TRUNCATED_BODY = auto()  # the connection breaks in the middle of a page
    LYING_TOTAL = auto()  # X-Total-Count is too high
    RETRY_AFTER_429 = auto()  # once, with the Retry-After that was asked for, or none
    REDIRECT = auto()  # to `elsewhere`
    NEXT_LINK_ELSEWHERE = auto()  # the next link points to `elsewhere`; only shapes with a next link have one
    EMPTY_LISTING = auto()
    DUPLICATE_IDS = auto()  # the first product comes once more at the end, with another name and the same age
    SLOW_PAGES = auto()  # each page waits for `delay` seconds


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """A fault with what it needs to know; each fault reads only what its comment names."""

    fault: Fault
    delay: float = 0.0
    retry_after: str | None = "1"
    elsewhere: str = "http://127.0.0.2:9"
