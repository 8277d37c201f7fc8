"""The pages of an import: the file, what its columns mean, and the rows that could not be used."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import chain
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, RuleError, Sentence
from catalog_app.core.requests import takes_body
from catalog_app.edits.imports import files
from catalog_app.edits.imports.columns import IGNORED, TARGETS, Column, checked, column_label, guessed
from catalog_app.edits.imports.example import example
from catalog_app.edits.imports.files import Chosen, Looked
from catalog_app.edits.imports.models import ImportFile
from catalog_app.edits.imports.rejected import rejected_rows
from catalog_app.edits.models import IMPORT
from catalog_app.edits.service import EditService
from catalog_app.products.tables.encodings import CHOICES, encoding_name
from catalog_app.products.tables.table import TableError
from catalog_app.products.tables.writing import CSV

bp = Blueprint("imports", __name__, url_prefix="/admin/edits/import")
_A_REQUEST: Final = files.MAX_MEBIBYTES + 1
"""What a form with the largest file weighs."""


@bp.get("/")
@requires_role("editor")
def new() -> ResponseReturnValue:
    return render_template("edits/import.html", errors={}, most=files.MAX_MEBIBYTES)


@bp.post("/")
@requires_role("editor")
@takes_body(_A_REQUEST)
def upload() -> ResponseReturnValue:
    """Keep the file, and ask what its columns mean."""
    sent = request.files.get("file")
    content = sent.stream.read(files.MAX_BYTES + 1) if sent else b""
    try:
        kept = files.keep(content, (sent and sent.filename) or "", actor=actor())
    except RuleError as error:
        page = render_template("edits/import.html", errors=error.errors, most=files.MAX_MEBIBYTES)
        return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(url_for("imports.mapping", file_id=kept.id), HTTPStatus.SEE_OTHER)


@bp.get("/example.csv")
@requires_role("editor")
def example_file() -> ResponseReturnValue:
    """Give a file that shows what columns and cells may hold."""
    return _download(b"".join(example()), gettext("products to import"))


@bp.get("/<int:file_id>")
@requires_role("editor")
def mapping(file_id: int) -> ResponseReturnValue:
    kept = files.found(db.session(), file_id)
    looked, fault = _looked(kept, _chosen(request.args))
    return _mapping(kept, looked, guessed(looked.columns), fault)


@bp.post("/<int:file_id>")
@requires_role("editor")
def plan(file_id: int) -> ResponseReturnValue:
    """Ask for the plan of the file, and show it."""
    kept = files.found(db.session(), file_id)
    chosen = _chosen(request.form)
    looked, fault = _looked(kept, chosen)
    columns = {heading: request.form.get(f"column-{place}", IGNORED) for place, heading in enumerate(looked.columns)}
    try:
        taken = checked(columns, looked.columns)
    except RuleError as error:
        fault = fault or next(iter(error.errors.values()))
    if fault is not None:
        return make_response(_mapping(kept, looked, columns, fault), HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = {
        "file_id": kept.id,
        "name": kept.name,
        "columns": taken,
        "encoding": chosen.encoding,
        "delimiter": chosen.delimiter,
    }
    title = gettext("Import of %(name)s", name=kept.name)
    made = EditService().request(kind=IMPORT, title=title, request=asked, actor=actor())
    return redirect(url_for("edits.show", plan_id=made.id), HTTPStatus.SEE_OTHER)


@bp.get("/rejected/<int:plan_id>.csv")
@requires_role("editor")
def rejected(plan_id: int) -> ResponseReturnValue:
    """Give the rows that a plan set aside as they were uploaded, each with the reason, to be corrected."""
    found = EditService().get(plan_id)
    if found.kind != IMPORT:
        raise NotFoundError(Sentence("This edit was not made of a file."))
    kept = files.found(db.session(), found.request["file_id"])
    heads = (gettext("Line"), gettext("Why it was not imported"))
    rows = rejected_rows(found, heads, {field: column_label(field) for field in TARGETS})
    # What fails at once is told as an error; later only the missing end of the file can tell.
    begun = chain([next(rows, b"")], rows)
    answer = _download(begun, gettext("rejected of %(name)s", name=kept.name.rpartition(".")[0] or kept.name))
    answer.call_on_close(rows.close)
    return answer


def _download(content: bytes | Iterator[bytes], name: str) -> Response:
    answer = Response(content, content_type=CSV.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return answer


def _chosen(sent: Mapping[str, str]) -> Chosen:
    return Chosen(sent.get("encoding") or None, sent.get("delimiter") or None)


def _looked(kept: ImportFile, chosen: Chosen) -> tuple[Looked, str | None]:
    """Return what is seen of a file with these choices, and why it cannot be read with them, where it cannot."""
    try:
        looked = files.seen(kept, chosen)
    except TableError as error:
        return files.seen(kept, Chosen()), error.args[0]
    return looked, looked.fault


def _mapping(kept: ImportFile, looked: Looked, fields: Mapping[str, str], fault: str | None) -> str:
    return render_template(
        "edits/import_columns.html",
        file=kept,
        looked=looked,
        columns=_columns(looked, fields),
        targets=[(field, column_label(field)) for field in TARGETS],
        fault=fault,
        samples=_samples(kept) if looked.fault else {},
        encodings=CHOICES,
        encoding=encoding_name(looked.encoding) if looked.encoding else None,
        delimiters=_delimiters(),
    )


def _columns(looked: Looked, fields: Mapping[str, str]) -> Sequence[Column]:
    return [
        Column(
            heading,
            fields.get(heading, IGNORED),
            tuple(row[heading] for row in looked.examples if heading in row),
        )
        for heading in looked.columns
    ]


def _samples(kept: ImportFile) -> dict[str, str]:
    with files.opened(kept.id) as file:
        return files.samples(file)


def _delimiters() -> dict[str, str]:
    return {",": gettext("Comma"), ";": gettext("Semicolon"), "\t": gettext("Tab")}
