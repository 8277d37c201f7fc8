"""The commands `products import` and `products export`. Results go to stdout, messages for people to stderr.

An import exits with 0 where it was applied, or shown with --dry-run, and with 1 where it failed or no row of the file
could be used. With --json it prints one JSON object on stdout, also when it failed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import orjson
from sqlalchemy import select

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.core.clock import utcnow
from catalog_app.core.commands import FAILED as FAILURE
from catalog_app.core.commands import CatalogGroup
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.edits.imports import files
from catalog_app.edits.imports.columns import checked, guessed
from catalog_app.edits.imports.files import Chosen
from catalog_app.edits.models import APPLIED, FAILED, IMPORT, SET_ASIDE, WAITING, EditChange, EditPlan
from catalog_app.edits.service import EditService
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.export import EXPORTS, WRITABLE, Asked
from catalog_app.products.filters import ProductFilters
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.systems import systems
from catalog_app.products.tables.csv_table import DELIMITERS
from catalog_app.products.tables.encodings import CHOICES
from catalog_app.products.tables.xlsx_writing import MAX_ROWS

REJECTED_SHOWN: Final = 100
_COUNTS: Final = ("found", "created", "updated", "unchanged", "rejected")


@click.group(cls=CatalogGroup)
def products() -> None:
    """Files of products, in and out."""


@products.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Plan and show, change nothing.")
@click.option("--encoding", type=click.Choice(list(CHOICES)), help="Where a text file does not tell it itself.")
@click.option("--delimiter", type=click.Choice(list(DELIMITERS.values())), help="What parts the cells of CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as one JSON object on stdout.")
def import_products(path: Path, *, dry_run: bool, encoding: str | None, delimiter: str | None, as_json: bool) -> None:
    """Make and change products as FILE says: CSV, XLSX or NDJSON with the API's field names, or words for them."""
    sign = next((sign for sign, name in DELIMITERS.items() if name == delimiter), None)
    try:
        plan = _imported(path, Chosen(encoding, sign), dry_run=dry_run)
    except CatalogError as error:
        if as_json:
            _print({"id": None, "status": FAILED, **dict.fromkeys(_COUNTS, 0), "error": str(error), "errors": []})
        raise
    document = _document(plan)
    if as_json:
        _print(document)
    for fault in document["errors"]:
        click.echo(f"Line {fault['line']}: {fault['field'] or 'row'}: {fault['reason']}", err=True)
    if plan.error:
        click.echo(f"Error: {plan.error}", err=True)
    click.echo(
        ", ".join(f"{getattr(plan, name)} {name}" for name in _COUNTS) + ("; nothing changed" if dry_run else ""),
        err=True,
    )
    if plan.status not in (APPLIED, *WAITING) or (plan.rejected and plan.rejected == plan.found):
        raise click.exceptions.Exit(FAILURE)


@products.command("export")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(list(EXPORTS)), help="As the name of FILE ends, else CSV.")
@click.option("--fields", help="Comma separated field names; all that an import takes again unless given.")
def export_products(path: Path, *, kind: str | None, fields: str | None) -> None:
    """Write every product to FILE, all of one moment."""
    name = kind or (path.suffix.lstrip(".") if path.suffix.lstrip(".") in EXPORTS else "csv")
    now, filters = utcnow(), ProductFilters()
    count = ProductCatalogService().count(filters, now=now)
    if name == "xlsx" and count > MAX_ROWS:
        raise click.ClickException(f"A sheet of XLSX holds {MAX_ROWS:,} products; choose CSV.")
    parts = EXPORTS[name].parts(db.engine, Asked(filters, _fields(fields)), systems(), now=now)
    # Whoever reads FILE finds the last whole export there, also while this one is written or breaks off.
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.writelines(parts)
        unfinished.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({type(error).__name__}).") from None
    finally:
        parts.close()
        unfinished.unlink(missing_ok=True)
    click.echo(f"{count} products exported.", err=True)


def _imported(path: Path, chosen: Chosen, *, dry_run: bool) -> EditPlan:
    """Return the plan of a file, made and, unless it is a dry run, applied in this process."""
    kept = files.keep(_content(path), path.name, actor=COMMAND_LINE)
    looked = files.seen(kept, chosen)
    columns = guessed(looked.columns)
    for heading in (heading for heading in looked.columns if heading not in columns):
        click.echo(f"The column {heading!r} is left out.", err=True)
    request = {
        "file_id": kept.id,
        "name": kept.name,
        "columns": checked(columns, looked.columns),
        "encoding": chosen.encoding,
        "delimiter": chosen.delimiter,
    }
    service = EditService()
    asked = service.request(
        kind=IMPORT, title=f"Import of {kept.name}", request=request, actor=COMMAND_LINE, enqueue=False
    )
    plan = service.execute(asked.id)
    if dry_run or plan.status not in WAITING or not plan.size:
        return plan
    service.apply(plan.id, actor=COMMAND_LINE, enqueue=False)
    return service.execute(plan.id)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(files.MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read ({type(error).__name__}).") from None


def _fields(text: str | None) -> tuple[str, ...]:
    if text is None:
        return WRITABLE
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    if unknown := [name for name in names if name not in ALL_FIELDS]:
        raise click.BadParameter(f"there is no field {unknown[0]!r}", param_hint="--fields")
    return names or WRITABLE


def _document(plan: EditPlan) -> dict[str, Any]:
    query = (
        select(EditChange)
        .where(EditChange.plan_id == plan.id, EditChange.kind == SET_ASIDE)
        .order_by(EditChange.line)
        .limit(REJECTED_SHOWN)
    )
    return {
        "id": plan.id,
        "status": plan.status,
        **{name: getattr(plan, name) for name in _COUNTS},
        "error": plan.error,
        "errors": [_fault(change) for change in db.session().scalars(query)],
    }


def _fault(change: EditChange) -> dict[str, Any]:
    sent: Mapping[str, Any] = change.sent or {}
    value = sent.get(change.field.partition(".")[0]) if change.field else None
    return {"line": change.line, "field": change.field, "value": value, "reason": change.reason}


def _print(document: Mapping[str, Any]) -> None:
    click.echo(orjson.dumps(document).decode())
