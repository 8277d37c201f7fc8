"""The ways in which a source is known to misbehave."""

from dataclasses import dataclass
from enum import Enum, auto


class Fault(Enum):
    """One way to misbehave, until `behave()` ends it. Those called "once" end by themselves.

    Every stand-in has every fault, except where its pages have no place for it: `SourceStandin.faults` says which it has.
    """

    REPEAT_FIRST_PAGE = auto()  # the second page asked for is the first one again, once
    IGNORE_OFFSET = auto()  # every page is the first page, and a next link or cursor never ends
    HTML_WITH_200 = auto()  # a login page instead of rows
    ERROR_500_ONCE = auto()
    ERROR_503_ALWAYS = auto()
    TOKEN_EXPIRES_MID_LISTING = auto()  # after one page every access token given out is void, once
    ACCESS_ENDS_MID_LISTING = auto()  # after one page nothing is let in any more, new tokens neither
    REFUSE_LOGIN = auto()  # no credentials are good; tokens that live go on living
    TRUNCATED_BODY = auto()  # the connection breaks in the middle of a page
    CONNECTION_RESET = auto()  # it is reset before a word is said
    LYING_TOTAL = auto()  # the total is too high
    ZERO_TOTAL = auto()  # the total is 0 whatever is listed
    ABSENT_TOTAL = auto()  # no total is told
    RETRY_AFTER_429 = auto()  # once, with the Retry-After that was asked for, or none
    REDIRECT = auto()  # to `elsewhere`
    NEXT_LINK_ELSEWHERE = auto()  # the next link points to `elsewhere`
    EMPTY_LISTING = auto()
    HALF_LISTING = auto()  # half of the products are not there, and nothing else is wrong
    DUPLICATE_IDS = auto()  # the first product comes once more at the end, with another name and the same age
    MISSING_ID = auto()  # the first row of a page has no id
    WRONG_TYPES = auto()  # the first row of a page has a list for its name
    NAN_PRICE = auto()  # the first row of a page costs NaN, which JSON does not have
    SLOW_PAGES = auto()  # each page waits for `delay` seconds
    ENDLESS_DRIP = auto()  # a page comes byte by byte and never ends
    GZIP_BOMB = auto()  # 256 MiB in a quarter of a megabyte
    HUGE_BODY = auto()  # 200 MB
    PAGE_SIZE_LOWERED = auto()  # half as many rows as were asked for
    ORDER_SHIFTS = auto()  # each page is cut from another order of the rows
    ROWS_INSERTED = auto()  # after the first page a product comes in before all others, once
    ROWS_REMOVED = auto()  # after the first page the first product goes, once
    ERROR_OBJECT_WITH_200 = auto()  # what the system says when something went wrong, as if nothing had
    NULL_BODY = auto()
    WRONG_ENCODING = auto()  # UTF-16 where UTF-8 is announced


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """A fault with what it needs to know; each fault reads only what its comment names."""

    fault: Fault
    delay: float = 0.0
    retry_after: str | None = "1"
    elsewhere: str = "http://127.0.0.2:9"
