"""Every word that a person reads goes through gettext: templates, forms, messages and the sentences of our rules."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from jinja2 import nodes

from catalog_app.settings import ROOT

TEMPLATES = ROOT / "templates"
CODE = ROOT / "catalog_app"

NOT_FOR_PEOPLE = (
    "components/_example_half.html",  # every component with made-up content, in development only
    "components/example.html",
    "openapi/docs.html",  # the API is described in English
)
READ_IN_ATTRIBUTES = {"aria-label", "aria-description", "placeholder", "title", "alt", "label", "data-confirm"}
AS_THEY_ARE = {"code", "kbd", "pre", "script", "style"}
"""Elements whose content is the same in every language."""
SAME_EVERYWHERE = {
    "Mbit", "Asia", "Riyadh", "UTC", "JSON", "SAR", "ID", "CSV", "NDJSON", "XLSX", "API", "URL", "Esc", "IPS", "SNIPS",
    "DM", "DR",
}  # fmt: skip

# Programs and operators read these, in English: the JSON API, commands, connectors, and what only a developer raises.
ROOMS_OF_PROGRAMS = (
    "api/", "cli", "connectors/", "demo/", "openapi/", "tmforum/", "reads/", "search/", "counters/", "learning/", "operating/",
)  # fmt: skip
MODULES_OF_PROGRAMS = {
    "app.py", "settings.py", "settings_kinds.py", "settings_oidc.py", "fast.py", "accounts/guard.py", "products/parameters.py", "products/feed.py", "products/filters.py",
    "products/checks.py", "sync/api.py", "sync/files.py", "sync/systems/api.py", "sync/systems/preview.py", "sync/runs/states.py",
    "edits/states.py", "events/webhooks/api.py", "core/courier.py", "recommendations/evaluation/off_policy.py",
    "recommendations/scoring/exploring.py", "recommendations/training/states.py",
}  # fmt: skip
ROOMS_OF_CORE_FOR_PEOPLE = ("core/text.py", "core/forms.py", "core/problems.py", "core/problem_answers.py")
RAISED = {"RuleError", "ConflictError", "NotFoundError", "StaleError", "ValueError"}
TRANSLATED = {"gettext", "ngettext", "lazy_gettext", "_", "Sentence", "Fault", "sentence_for"}
WORDS = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture
def database_url() -> str:
    """Nothing here touches the database, so one is enough."""
    return "sqlite://"


def test_every_word_of_a_template_goes_through_gettext(app: Flask) -> None:
    strays = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        if name not in NOT_FOR_PEOPLE:
            tree = app.jinja_env.parse(path.read_text(encoding="utf-8"), name)
            strays += [f"{name}: {text}" for text in (*_written(tree), *_passed_on(tree))]
    assert strays == []


def test_every_label_and_message_of_the_pages_goes_through_gettext() -> None:
    strays = []
    for path in sorted(CODE.rglob("*.py")):
        name = path.relative_to(CODE).as_posix()
        if _is_for_people(name):
            strays += [f"{name}:{line}: {text}" for line, text in _untranslated(ast.parse(path.read_text("utf-8")))]
    assert strays == []


def test_no_sentence_stands_inside_an_f_string() -> None:
    """Python 3.11 reads such a string as one piece, so `make messages` would not find the sentence."""
    strays = [
        f"{path.relative_to(CODE).as_posix()}:{call.lineno}"
        for path in sorted(CODE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TRANSLATED
    ]
    assert strays == []


class _Reader(HTMLParser):
    """Collects what a person would read of a page, also aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self._as_it_is = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._as_it_is += tag in AS_THEY_ARE
        self.read += [value for name, value in attrs if value and name in READ_IN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._as_it_is -= tag in AS_THEY_ARE and self._as_it_is > 0

    def handle_data(self, data: str) -> None:
        if not self._as_it_is:
            self.read.append(data)


def _written(tree: nodes.Template) -> Iterator[str]:
    """Return the words that stand in the markup itself."""
    reader = _Reader()
    reader.feed("".join(_markup(tree)))
    reader.close()
    for text in reader.read:
        words = [word for word in WORDS.findall(text) if word not in SAME_EVERYWHERE]
        # A tag whose name or class is chosen by a condition comes out in pieces; pieces of markup are no words.
        if words and not re.search(r'="|btn-|^\s*(open|checked|selected)\s*$', text):
            yield " ".join(text.split())


def _markup(node: nodes.Node) -> Iterator[str]:
    """Return the markup of a template in its order, with a zero where a value stands."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            yield child.data
        elif isinstance(child, nodes.Output | nodes.Stmt):
            yield from _markup(child)
        elif isinstance(node, nodes.Output):
            yield "0"


def _passed_on(tree: nodes.Template) -> Iterator[str]:
    """Return the words that are given to macros and filters, such as a label."""
    translated = {
        id(inner)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATED
        for inner in call.find_all(nodes.Const)
    }
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and id(const) not in translated and _reads(const.value):
            yield const.value


def _reads(text: str) -> bool:
    """Return whether a text begins as a label does, with a word in capitals."""
    return bool(re.match(r"[A-Z][a-z]+\b", text)) and text.split("/", maxsplit=1)[0] not in SAME_EVERYWHERE


def _is_for_people(name: str) -> bool:
    if name.startswith("core/"):
        return name in ROOMS_OF_CORE_FOR_PEOPLE
    return name not in MODULES_OF_PROGRAMS and not any(room in name for room in ROOMS_OF_PROGRAMS)


def _untranslated(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        said: list[ast.expr] = []
        if name in RAISED or name in {"flash", "say", "refused"} or (name == "Fault" and len(call.args) > 1):
            said = call.args[1:2] if name == "Fault" else call.args[:1]
            said = [value for arg in said for value in (arg.values if isinstance(arg, ast.Dict) else [arg])]
        elif name == "abort" or (name.endswith("Field") and call.args):
            said = call.args[1:2] if name == "abort" else call.args[:1]
        for value in said:
            text = _plain(value)
            is_fault = name == "Fault" and isinstance(value, ast.Constant)
            if text and not is_fault and (" " in text or name.endswith("Field")) and WORDS.search(text):
                yield call.lineno, text


def _plain(value: ast.expr) -> str:
    """Return a text as it stands in the code, with nothing for what is filled in; empty where it is none."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) for part in value.values if isinstance(part, ast.Constant))
    return ""


def test_nothing_is_excused_that_is_no_longer_there() -> None:
    assert [name for name in MODULES_OF_PROGRAMS if not (CODE / name).exists()] == []
    assert [name for name in NOT_FOR_PEOPLE if not (TEMPLATES / name).exists()] == []
