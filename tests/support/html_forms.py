"""A page's form as a browser would send it back untouched."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Sent = list[tuple[str, str]]


@dataclass
class _Found:
    action: str
    sent: Sent = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Found] = []
        self._inside: _Found | None = None
        self._select: tuple[str, bool] | None = None
        self._options: list[tuple[str, bool]] = []
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = _Found(given.get("action", ""))
            self.forms.append(self._inside)
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._options = (given.get("name", ""), "multiple" in given), []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._text = (given.get("name", ""), [])

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag == "textarea" and self._text is not None:
            name, parts = self._text
            self._add(name, "".join(parts).removeprefix("\n"))
            self._text = None
        elif tag == "select" and self._select is not None:
            name, is_multiple = self._select
            chosen = [value for value, is_selected in self._options if is_selected]
            if not chosen and not is_multiple:
                chosen = [value for value, _ in self._options[:1]]
            for value in chosen:
                self._add(name, value)
            self._select = None

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in {"submit", "button", "reset", "image"}:
            return
        if kind in {"checkbox", "radio"} and "checked" not in given:
            return
        self._add(given.get("name", ""), given.get("value", "on" if kind == "checkbox" else ""))

    def _add(self, name: str, value: str) -> None:
        if self._inside is not None and name:
            self._inside.sent.append((name, value))


def untouched_form(html: str, *, holding: str) -> tuple[str, Sent]:
    """Return the address and the fields of the first form that has a field called `holding`."""
    reader = _Reader()
    reader.feed(html)
    for found in reader.forms:
        if any(name == holding for name, _ in found.sent):
            return found.action, found.sent
    raise AssertionError(f"no form on this page has a field {holding!r}")
