"""docs/messages.md lists what there is, all of it and nothing else."""

import re
from pathlib import Path

from catalog_app.campaigns.messages.context import FIELDS
from catalog_app.campaigns.messages.filters import FILTERS
from catalog_app.campaigns.messages.filters.dates import DIRECTIVES
from catalog_app.campaigns.messages.limited import TAGS
from tests.campaigns.messages.said import text_of

_GUIDE = (Path(__file__).parents[3] / "docs" / "messages.md").read_text(encoding="utf-8")


def _words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def _section(title: str) -> str:
    return _GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_guide_lists_the_fields_the_filters_the_tags_and_the_directives_of_dates() -> None:
    fields = dict(re.findall(r"\| `(product|config|campaign)\.` \|(.*)\|", _section("Fields")))
    assert {root: tuple(_words(line.partition(";")[0])) for root, line in fields.items()} == dict(FIELDS)
    table, below = _section("Filters").split("\n\n", 1)
    assert sorted(_words(table)) == sorted(FILTERS)
    assert tuple(_words(below.split("a date knows")[1])) == DIRECTIVES
    assert tuple(_words(_section("Tags"))[: len(TAGS)]) == TAGS


def test_the_examples_of_the_guide_say_what_it_says() -> None:
    assert text_of("{{ config.price | times: 12 | money }}") == "SAR 1,428.00"
    assert text_of('{{ config.valid_to | date: "%-d %b" }}') == "31 Dec"
    assert text_of(_GUIDE.split("```liquid\n")[1].split("```")[0]) == "Hi there, Flex 60"
