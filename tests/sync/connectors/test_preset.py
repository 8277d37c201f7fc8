from importlib.resources import files

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors import presets
from catalog_app.sync.connectors.auth import AUTH_KINDS
from catalog_app.sync.connectors.mapping import Mapper
from catalog_app.sync.connectors.params import places_in
from catalog_app.sync.connectors.preset import PRESETS, load_preset, read_preset
from catalog_app.sync.connectors.rules import FIELDS, LISTS

LEAST = """
name = "mini"
label = "Mini"
request = { path = "items" }
paging = { kind = "none" }
records = { paths = "items", id = "id" }
[tables.lifecycle_status]
on = "launched"
[fields]
name = { path = "title" }
product_type = { path = "kind", casts = ["table"], table = "product_type" }
lifecycle_status = { path = "state", casts = ["table"], table = "lifecycle_status" }
[tables.product_type]
plan = "bundle"
"""


@pytest.mark.parametrize("name", PRESETS)
def test_a_shipped_preset_can_be_read_and_compiled(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    assert Mapper(preset, {}).version == Mapper(load_preset(name), {}).version


def test_a_file_in_the_folder_is_all_that_a_preset_needs() -> None:
    shipped = sorted(entry.name for entry in files(presets).iterdir() if entry.name.endswith(".toml"))
    assert [f"{name}.toml" for name in PRESETS] == shipped


@pytest.mark.parametrize("name", PRESETS)
def test_a_shipped_preset_is_the_same_with_its_parameters_left_as_they_are(name: str) -> None:
    preset = load_preset(name)
    filled = preset.filled({})
    assert filled.filled({}) == filled
    places = set(places_in(filled.model_dump(mode="json", exclude={"params", "characteristics", "tables"})))
    assert places <= {"after", "since"}
    assert preset.auth.kind in AUTH_KINDS


def test_what_a_source_may_fill_is_what_a_product_takes() -> None:
    assert ProductInput.model_fields.keys() >= FIELDS | LISTS


def test_a_preset_needs_little() -> None:
    mapped = Mapper(read_preset(LEAST, source="mini"), {}).map(
        "1",
        {"title": "A", "kind": "Plan", "state": "ON"},
        now=None,  # type: ignore[arg-type]  # has no prices
    )
    assert mapped.values == {"name": "A", "product_type": "bundle", "lifecycle_status": "launched"}


def test_a_name_that_is_not_in_the_list_is_refused() -> None:
    for name in ("xiva", "../preset", ""):
        with pytest.raises(FatalError, match="Choose one of: chargebee, hubspot, killbill"):
            load_preset(name)


def test_all_faults_are_in_one_message() -> None:
    faulty = (
        LEAST.replace('path = "title"', 'path = "title[", casts = ["shout"]')
        .replace('kind = "none"', 'kind = "magic"')
        .replace('label = "Mini"', 'lable = "Mini"')
    )
    with pytest.raises(FatalError) as failure:
        read_preset(faulty, source="mini.toml")
    message = str(failure.value)
    for part in ("mini.toml", "lable", "label", "fields.name.path", "'title['", "'shout' is not a cast", "'magic'"):
        assert part in message


@pytest.mark.parametrize(
    ("found", "put", "complaint"),
    [
        ("name = {", "nam = {", "no field 'nam'"),
        ("name = {", "short_name = {", "the field 'name' is not mapped"),
        ("product_type = {", "category = {", "'product_type' is neither mapped nor derived"),
        ('on = "launched"', 'on = "sold"', "'sold' is no lifecycle_status of ours"),
        ("[tables.product_type]", "[tables.kind]", "there is no table 'product_type'"),
        ('path = "title"', 'path = "title", table = "x"', "go together"),
        ('path = "title"', 'path = "title", casts = ["minor_units"]', "go together"),
        ('path = "title"', 'default = "x"', "needs a path or a characteristic"),
        ('path = "items" }', 'path = "items/{size}" }', "request has a place 'size', but there is no such parameter"),
        ('path = "items" }', 'path = "items/{" }', "request has a place 'items/{'"),
        ("[fields]", "[params]\nsince = ''\n[fields]", "cannot be a parameter"),
        ("[fields]", "[params]\nsize = 'a/b'\n[fields]", "the default 'a/b' is not a word"),
        ("[fields]", "[incremental]\nparams = { changed = 'today' }\n[fields]", "nothing in it says {since}"),
        ("[fields]", "[deletions]\nby = ['flag']\n[fields]", "the word 'flag' and the rule of a flag go together"),
        (
            "[fields]",
            "[prices]\neach = 'p'\namounts = [{ amount = 'a' }]\n[fields]",
            "the path of a currency or a default",
        ),
        ("[fields]", "[characteristics]\nname = 'x'\n[fields]", "needs lists or objects"),
        ('kind = "none"', 'kind = "page_number", size = 1, end = ["absent_next"]', "needs the path of 'next'"),
        ('kind = "none"', 'kind = "page_number", size = 1, end = ["no_more"]', "needs the path of 'more'"),
        (
            "[fields]",
            """
            [incremental]
            params = { after = '{since}' }
            [join]
            name = 'prices'
            request = { path = 'p' }
            paging = { kind = 'none' }
            each = '@'
            of = 'item'
            to = 'id'
            keep = ['amount']
            [fields]""",
            "cannot have both",
        ),
        ('path = "items" }', 'path = "items", body = {} }', "only a POST has a body"),
        ("[fields]", "[lists.friends]\neach = 'x'\nfields = {}\n[fields]", "no list 'friends'"),
        ("[fields]", "[product_type]\ndefault = 'thing'\n[fields]", "'thing' is no product_type of ours"),
        (
            "[fields]",
            "[characteristics]\nlists = 'x'\nfeatures = { a = { names = 'b', units = 'miles' } }\n[fields]",
            "no table of units miles",
        ),
        (
            "[fields]",
            "[characteristics]\nlists = 'x'\nunits = { miles = { m = 'far' } }\n[fields]",
            "a unit's factor",
        ),
        ("[fields]", "[fields", "is not TOML"),
    ],
)
def test_a_fault_is_said_in_a_sentence(found: str, put: str, complaint: str) -> None:
    with pytest.raises(FatalError) as failure:
        read_preset(LEAST.replace(found, put, 1), source="mini")
    assert complaint in str(failure.value)
