"""The requests of the guides as they stand there, and what the page says comes back."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
API_GUIDE: Final = DOCS / "api.md"
CAMPAIGN_GUIDE: Final = DOCS / "campaigns.md"
NBO_GUIDE: Final = DOCS / "nbo.md"
SCIENCE_GUIDE: Final = DOCS / "data-scientists.md"
TMF_GUIDE: Final = DOCS / "tmforum.md"
OUR_API: Final = (API_GUIDE, CAMPAIGN_GUIDE, NBO_GUIDE, SCIENCE_GUIDE)
GUIDES: Final = (*OUR_API, TMF_GUIDE)
"""The pages whose requests are sent, and whose answers are compared with what stands below them."""
HERE: Final = "http://127.0.0.1:8000"
"""Where the pages say that the service is."""
MORE: Final = "..."
_BLOCK: Final = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# A line that ends in a backslash goes on in the next, and so does what stands in single quotes.
_COMMAND: Final = re.compile(r"^\$ (curl (?:'[^']*'|\\\n|[^'\n])*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_BASE: Final = re.compile(r"^\$ API=(\S+)$", re.MULTILINE)
_WITH_VALUE: Final = {"-H": "header", "-X": "method", "-d": "data", "--data-binary": "data", "--retry": "tries"}
_PLAIN: Final = frozenset({"-i", "-s", "-N", "--compressed", "--fail", "--retry-connrefused"})


@dataclass(frozen=True)
class Block:
    """What stands between two fences of a page; `line` is its first line, counted from 1."""

    page: Path
    line: int
    language: str
    text: str


@dataclass
class Request:
    """One curl command, taken apart."""

    url: str = ""
    method: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    data: str | None = None
    tries: str | None = None


@dataclass(frozen=True)
class Example:
    """A command of the page with the lines that stand under it."""

    line: int
    command: str
    shown: str

    def request(self, variables: Mapping[str, str]) -> Request:
        """Return the request that the command sends; raise ValueError for an option that this does not know."""
        text = re.sub(r"\$(\w+)", lambda found: variables[found[1]], self.command.replace("\\\n", " "))
        return request_of(shlex.split(text)[1:])

    @property
    def status(self) -> int | None:
        found = re.match(r"HTTP/1\.1 (\d{3})", self.shown)
        return int(found[1]) if found else None

    @property
    def headers(self) -> dict[str, str]:
        if self.status is None:
            return {}
        head = self.shown.partition("\n\n")[0].splitlines()[1:]
        return dict(line.split(": ", 1) for line in head)

    @property
    def body(self) -> str:
        return self.shown.partition("\n\n")[2].strip() if self.status is not None else self.shown.strip()


def examples(guide: Path = API_GUIDE) -> Iterator[Example]:
    """Yield every curl command of a page, in order."""
    for block in blocks(guide):
        for found in _COMMAND.finditer(block.text):
            yield Example(block.line + block.text.count("\n", 0, found.start()), found[1], found[2])


def base_of(guide: Path) -> str:
    """Return what a page says that $API stands for."""
    found = _BASE.search(guide.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{guide.name} does not say what $API is")
    return found[1]


def blocks(page: Path) -> Iterator[Block]:
    """Yield what stands between fences on a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(page, text.count("\n", 0, found.start(3)) + 1, found[2].strip(), found[3])


def request_of(words: Sequence[str]) -> Request:
    """Return the request that curl sends with these words; raise ValueError for an option that this does not know."""
    rest = iter(words)
    request = Request(headers={"Accept-Encoding": "identity"})
    for word in rest:
        if word in _WITH_VALUE:
            _take(request, _WITH_VALUE[word], next(rest))
        elif word.startswith("-") and word not in _PLAIN:
            raise ValueError(f"curl {word} is not known here")
        elif word not in _PLAIN:
            request.url = word
    return request


def shape(text: str) -> Any:
    """Return the JSON of an answer as the page writes it; where `...` stands there may be more."""
    more = f'"{MORE}": 0'
    for pattern, written in (
        (r",\s*\.\.\.\s*\]", f', "{MORE}"]'),
        (r"\[\s*\.\.\.\s*\]", f'["{MORE}"]'),
        (r",\s*\.\.\.\s*}", f", {more}}}"),
        (r",\s*\.\.\.\s*,", f", {more},"),
    ):
        text = re.sub(pattern, written, text)
    return orjson.loads(text)


def differences(shown: Any, given: Any, at: str = "") -> Iterator[str]:
    """Yield where an answer is not of the shape that the page shows: other fields, another type, another kind of fault."""
    if isinstance(shown, dict) and isinstance(given, dict):
        names = set(shown) - {MORE}
        yield from (f"{at}/{name} is not there" for name in names - set(given))
        if MORE not in shown:
            yield from (f"{at}/{name} is not on the page" for name in set(given) - names)
        for name in names & set(given):
            yield from differences(shown[name], given[name], f"{at}/{name}")
    elif isinstance(shown, list) and isinstance(given, list):
        entries = [entry for entry in shown if entry != MORE]
        if len(entries) > len(given) or (len(entries) < len(given) and len(entries) == len(shown)):
            yield f"{at} has {len(given)} entries, the page shows {len(shown)}"
        for place, (entry, other) in enumerate(zip(entries, given, strict=False)):
            yield from differences(entry, other, f"{at}/{place}")
    elif type(shown) is not type(given):
        yield f"{at} is {given!r}, the page shows {shown!r}"
    elif at.rsplit("/", 1)[-1] in _SAID and shown != given:
        yield f"{at} is {given!r}, the page says {shown!r}"


_SAID: Final = frozenset(
    {"status", "pointer", "code", "outcome", "eligibility", "title", "success", "name", "price", "detail", "message"}
)
"""What the page has to say exactly."""


def _take(request: Request, part: str, value: str) -> None:
    if part == "header":
        name, _, text = value.partition(":")
        request.headers[name.strip()] = text.strip()
    else:
        setattr(request, part, value)
