"""The pages of an import and of an export."""

import csv
import io
from collections.abc import Callable

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from catalog_app.core.db import db
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.edits.imports import files
from catalog_app.edits.imports.models import ImportFile
from catalog_app.edits.service import EditService
from tests.edits.imports.conftest import OMAR, Imports, as_file, csv_of
from tests.support.clients import Browser
from tests.support.html_forms import untouched_form
from tests.support.people import signed_in_as

Make = Callable[..., int]
UPLOAD = "/admin/edits/import/"


class Waiting:
    """A queue that leaves all work to the test."""

    def enqueue(self, name: str, row_id: int) -> None:
        """Do nothing."""


@pytest.fixture
def editor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Browser:
    (queue,) = providers(JobQueue)
    monkeypatch.setattr(type(queue), "enqueue", Waiting.enqueue)
    return signed_in_as(app, "editor")


def sent(editor: Browser, content: bytes, name: str = "products.csv") -> TestResponse:
    _, fields = untouched_form(editor.get(UPLOAD).text, holding="file")
    data = {**dict(fields), "file": as_file(content, name)}
    return editor.post(UPLOAD, data=data, content_type="multipart/form-data")


def mapped(editor: Browser, address: str, **changed: str) -> TestResponse:
    action, fields = untouched_form(editor.get(address).text, holding="column-0")
    return editor.post(action, data={**dict(fields), **changed})


def test_a_file_is_uploaded_mapped_planned_and_its_rejected_rows_come_back_to_be_corrected(
    editor: Browser, imports: Imports, make: Make
) -> None:
    make(name="One", external_product_id="A-1")
    content = csv_of(
        "Source;Code;Title;Type;Price;Currency;Remark",
        "xiva;A-1;'=New one;;;;r",
        "xiva;A-2;Two;Data;free;SAR;-",
        "xiva;A-3;=Three;Phone;9,50;SAR;",
        "xiva;A-4;Four;voice;9,50;SAR;",
        "xiva;A-5;Five;voice;9;;",
    )

    uploaded = sent(editor, content, "Plans ü.csv")
    page = editor.get(uploaded.location).text
    asked = mapped(editor, uploaded.location)

    assert "Plans ü.csv" in page
    assert "1 column is left out." in page
    assert asked.status_code == 303
    plan_id = int(asked.location.rstrip("/").rpartition("/")[2])
    plan = EditService().execute(plan_id)
    assert (plan.created, plan.updated, plan.rejected, plan.title) == (1, 1, 3, "Import of Plans ü.csv")
    assert editor.get(asked.location).status_code == 200
    download = editor.get(f"/admin/edits/import/rejected/{plan_id}.csv")
    rows = list(csv.reader(io.StringIO(download.data.decode("utf-8-sig"), newline="")))
    assert rows[0] == [
        "Source",
        "Code",
        "Title",
        "Type",
        "Price",
        "Currency",
        "Remark",
        "Line",
        "Why it was not imported",
    ]
    assert [(row[1], row[2], row[6], row[7]) for row in rows[1:]] == [
        ("A-2", "Two", "-", "3"),
        ("A-3", "'=Three", "", "4"),
        ("A-5", "Five", "", "6"),
    ]
    assert rows[1][8].startswith("Price: ")
    assert rows[2][8].startswith("Type: Choose one of: Voice, Data, SMS, ")
    corrected = (
        download.data.replace(b"free", b"5")
        .replace(b"Phone", b"Data")
        .replace(b"9,50", b"9.50")
        .replace(b"9,,", b"9,SAR,")
    )
    assert imports.plan(corrected).created == 3


def test_what_a_person_says_of_the_columns_counts(editor: Browser, make: Make) -> None:
    number = make(name="One")
    address = sent(editor, csv_of("id,name,short text", f"{number},Two,Short")).location

    asked = mapped(editor, address, **{"column-1": "", "column-2": "short_name"})

    plan = EditService().execute(int(asked.location.rpartition("/")[2]))
    assert plan.request["columns"] == {"id": "id", "short text": "short_name"}
    refused = mapped(editor, address, **{"column-2": "name"})
    assert refused.status_code == 422
    assert "Two columns are taken for Name" in refused.text


def test_letters_that_cannot_be_told_are_asked_for(editor: Browser, make: Make) -> None:
    number = make(name="One")
    address = sent(editor, f"id,name\n{number},بيانات\n".encode("cp1256")).location

    asked = editor.get(address)
    page = editor.get(f"{address}?encoding=cp1256").text

    assert "is not UTF-8" in asked.text
    assert "بيانات" in asked.text
    action, fields = untouched_form(page, holding="column-0")
    plan = EditService().execute(int(editor.post(action, data=dict(fields)).location.rpartition("/")[2]))
    assert (plan.updated, plan.request["encoding"]) == (1, "cp1256")
    assert editor.get(f"{address}?encoding=ebcdic").status_code == 200
    assert editor.post(action, data={**dict(fields), "encoding": "ebcdic"}).status_code == 422


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Choose a file"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04xxxxxxxxxxxxxxxxxx", "damaged"),
        (b"<html></html>", "web page"),
        (b"x" * (files.MAX_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field_and_not_kept(
    editor: Browser, content: bytes, words: str
) -> None:
    refused = sent(editor, content)

    assert refused.status_code == 422
    assert words in refused.text
    assert 'aria-describedby="file-error"' in refused.text
    assert db.session().get(ImportFile, 1) is None


def test_a_body_far_too_large_is_not_read(editor: Browser) -> None:
    assert sent(editor, b"x" * (files.MAX_BYTES + 2 * 1024 * 1024)).status_code == 413


def test_only_editors_import_and_everybody_exports(app: Flask, make: Make) -> None:
    make(name="=One")
    viewer = signed_in_as(app, "viewer")

    assert viewer.get(UPLOAD).status_code == 403
    assert viewer.get("/admin/products/export").status_code == 200
    assert b"'=One" in viewer.get("/admin/products/export/download").data


def test_an_export_holds_what_the_list_shows_with_the_columns_that_were_chosen(editor: Browser, make: Make) -> None:
    for name in ("Wanted one", "Wanted two", "Other"):
        make(name=name, product_type="voice")
    ids = [make(name="Picked")]

    page = editor.get("/admin/products/export?search=wanted&sort=name&limit=25&cursor=x").text
    action, fields = untouched_form(page, holding="format")
    chosen = editor.get(action, query_string=[*fields, ("columns", "chosen")][::-1])
    picked = editor.get(
        "/admin/products/export/download", query_string={"ids": ids, "format": "ndjson", "columns": "list"}
    )

    assert "Export 2 products" in page
    assert ("search", "wanted") in fields
    assert chosen.data.decode("utf-8-sig").splitlines()[0].startswith("id,external_system")
    assert len(chosen.data.splitlines()) == 3
    assert orjson.loads(picked.data)["name"] == "Picked"
    assert editor.get("/admin/products/export/download?format=pdf").status_code == 404
    assert editor.get("/admin/products/export/download?min_price=x").status_code == 422
    assert editor.get("/admin/products/export/download?columns=chosen").status_code == 422
    assert editor.get("/admin/products/export", headers={"HX-Request": "true"}).text.lstrip().startswith("<div")


def test_files_go_when_they_were_kept_for_long_enough(app: Flask, editor: Browser) -> None:
    number = files.keep(csv_of("name", "A"), "a.csv", actor=OMAR).id
    assert files.purge() == {"import_files": 0}

    db.session().rollback()
    kept = db.session().get_one(ImportFile, number)
    kept.uploaded_at -= files.KEPT_FOR
    db.session().commit()

    assert files.purge() == {"import_files": 1}
    assert editor.get(f"{UPLOAD}{number}").status_code == 404


def test_the_example_file_can_be_imported(editor: Browser, imports: Imports) -> None:
    plan = imports.plan(editor.get(f"{UPLOAD}example.csv").data)

    assert (plan.created, plan.rejected) == (2, 0)


def test_a_preview_shows_all_that_a_file_says_of_a_new_product_in_the_language_of_its_reader(
    editor: Browser, imports: Imports
) -> None:
    content = csv_of("Name;Type;Channels;Valid until", "Night pass;data;sms;2027-12-31", "Late;data;;31/12/2027")
    asked = mapped(editor, sent(editor, content, "new.csv").location)
    EditService().execute(int(asked.location.rstrip("/").rpartition("/")[2]))

    page = editor.get(asked.location).text
    assert ["Applying creates 1 and changes 0" in page, "<dt>Channels</dt>" in page, "31 Dec 2027" in page] == [
        True
    ] * 3
    assert "manual-" not in page, "an id that nobody gave says nothing"
    arabic = editor.get(f"{asked.location}?kind=rejected", headers={"Accept-Language": "ar"}).text
    assert ("Import of" in arabic, "Write a date" in arabic) == (False, False)
