"""The export of what the list shows, or of the products that were picked: which columns, as which kind of file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Final

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from catalog_app.accounts import requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.export import EXPORTS, WRITABLE, Asked
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.filters import ProductFilters, parse_filters
from catalog_app.products.formatting import number
from catalog_app.products.labels import field_label
from catalog_app.products.models import Product
from catalog_app.products.systems import systems
from catalog_app.products.tables.xlsx_writing import MAX_ROWS
from catalog_app.products.views.blueprint import bp, catalog

MAX_PICKED: Final = 1000
LIST: Final = (
    "id", "external_system", "external_product_id", "name", "product_type", "category", "price", "currency",
    "billing_cycle", "lifecycle_status", "target_segments", "last_synced",
)  # fmt: skip
SETS: Final = {"import": WRITABLE, "list": LIST, "all": ALL_FIELDS}
CHOSEN: Final = "chosen"


@dataclass(frozen=True)
class Wanted:
    """The products to export: those of the filters, or those that were picked."""

    filters: ProductFilters
    ids: Collection[int] | None

    def pairs(self) -> Sequence[tuple[str, str]]:
        """Return the parameters that ask for the same."""
        return self.filters.pairs() if self.ids is None else [("ids", str(picked)) for picked in self.ids]

    def count(self) -> int:
        if self.ids is None:
            return catalog().count(self.filters, now=utcnow())
        living = select(func.count()).where(Product.id.in_(self.ids), Product.deleted_at.is_(None))
        return db.session().scalar(living) or 0


@bp.get("/export")
@requires_role("viewer")
def export() -> ResponseReturnValue:
    """Ask which columns, and as what; a dialog on htmx, a page without."""
    return _form({})


@bp.get("/export/download")
@requires_role("viewer")
def download() -> ResponseReturnValue:
    """Give the file, as a stream."""
    kind = EXPORTS.get(request.args.get("format", "csv"))
    try:
        wanted, fields = _wanted(), _fields()
        if kind is EXPORTS["xlsx"] and wanted.count() > MAX_ROWS:
            words = Sentence(
                "A sheet of XLSX holds %(most)s products. Choose CSV or fewer products.", most=f"{MAX_ROWS:,}"
            )
            return _form({"format": words}, HTTPStatus.UNPROCESSABLE_ENTITY)
    except RuleError as error:
        return _form(error.errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    if kind is None:
        abort(HTTPStatus.NOT_FOUND)
    now = utcnow()
    parts = kind.parts(db.engine, Asked(wanted.filters, fields, wanted.ids), systems(), now=now)
    # What fails at once is told as an error; later only the missing end of the stream can tell.
    begun: Iterator[bytes] = chain([next(parts, b"")], parts)
    answer = Response(begun, content_type=kind.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"products-{now:%Y-%m-%d}.{kind.name}")
    answer.call_on_close(parts.close)
    return answer


def _wanted() -> Wanted:
    """Return what the address asks for. It is the list's, so what is not a filter in it is passed over."""
    numbers = [text for text in request.args.getlist("ids") if text.isascii() and text.isdecimal()]
    if len(numbers) > MAX_PICKED:
        raise RuleError({"ids": Sentence("At most %(most)d products can be picked.", most=MAX_PICKED)})
    if numbers:
        return Wanted(ProductFilters(), [picked for picked in map(int, numbers) if picked <= MAX_INT])
    return Wanted(parse_filters(dict(request.args.lists()), ignore_unknown=True), None)


def _fields() -> tuple[str, ...]:
    name = request.args.get("columns", "import")
    if name != CHOSEN:
        return SETS.get(name, WRITABLE)
    asked = set(request.args.getlist("fields"))
    if not (fields := tuple(field for field in ALL_FIELDS if field in asked)):
        raise RuleError({"fields": Sentence("Choose at least one column.")})
    return fields


def _form(errors: dict[str, str], status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    try:
        wanted = _wanted()
    except RuleError as error:
        wanted, errors = Wanted(ProductFilters(), None), {**error.errors, **errors}
    count = wanted.count()
    in_dialog = wants_fragment()
    page = render_template(
        "products/_export.html" if in_dialog else "products/export.html",
        wanted=wanted,
        count=count,
        title=ngettext("Export %(count)s product", "Export %(count)s products", count, count=number(count)),
        back=url_for("products.index") + ("?" + wanted.filters.query() if wanted.filters else ""),
        labels=[(name, field_label(name) or name) for name in ALL_FIELDS],
        chosen=set(request.args.getlist("fields")) or set(LIST),
        columns=request.args.get("columns", "import"),
        format=request.args.get("format", "csv"),
        column_sets=_column_sets(),
        formats=_formats(),
        errors={name: in_words(words) for name, words in errors.items()},
        in_dialog=in_dialog,
    )
    return make_response(page, status)


def _column_sets() -> list[tuple[str, str, str]]:
    return [
        ("import", gettext("What can be imported again"), gettext("To change many products in a spreadsheet.")),
        ("list", gettext("The columns of the list"), gettext("Twelve, to read or to pass on.")),
        ("all", gettext("Every column"), gettext("With owners, times and what is worked out.")),
        (CHOSEN, gettext("Columns of your choice"), gettext("Those ticked below.")),
    ]


def _formats() -> list[tuple[str, str, str]]:
    return [
        ("csv", "CSV", gettext("Opens everywhere.")),
        ("xlsx", "XLSX", gettext("For Excel, with numbers as numbers.")),
        ("ndjson", "NDJSON", gettext("For programs, one product a line.")),
    ]
