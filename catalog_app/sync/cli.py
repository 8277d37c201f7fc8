"""The commands `sync` and `systems`. Results go to stdout, messages for people to stderr.

`sync` exits with 0 where a run was applied, previewed or (without --wait) queued, 2 where its plan waits for
approval, 3 where the system is busy, and 1 for anything else. With --json it prints one JSON object on stdout, also
when the run failed or could not start. A queue of this process ends with it; so a queued run is only written down
here, and taken up by a serving process, or by `sync due`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click
import orjson
import structlog
from sqlalchemy.exc import DBAPIError

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.core.clock import utcnow
from catalog_app.core.commands import FAILED, CatalogGroup
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import moment_text
from catalog_app.sync import models as states
from catalog_app.sync.lease import is_held
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.probe import Probe, probe
from catalog_app.sync.report import run_document
from catalog_app.sync.service import BusyError, ProductSyncService
from catalog_app.sync.setup import SettingFact, setup_of
from catalog_app.sync.sources import found

log = structlog.get_logger()

WAITS_FOR_APPROVAL = 2
BUSY = 3
EXIT_CODES: Final[dict[str, int]] = {
    states.APPLIED: 0,
    states.PLANNED: 0,
    states.AWAITING_APPROVAL: WAITS_FOR_APPROVAL,
    states.QUEUED: BUSY,
}
"""What a run that was taken to its end exits with; one that is still queued found its system busy."""

run_id_argument = click.argument("run_id", metavar="RUN", type=click.IntRange(1, 2**31 - 1))
json_option = click.option("--json", "as_json", is_flag=True, help="Print the run as one JSON object on stdout.")


@click.group(cls=CatalogGroup)
def sync() -> None:
    """Runs that read external systems."""


@sync.command("run")
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Plan and show, apply nothing.")
@click.option("--full", is_flag=True, help="Read everything; a source that cannot tell what changed is always read so.")
@click.option("--wait", is_flag=True, help="Run it to its end in this process; without it, it is only queued.")
@json_option
def run_system(key: str, *, dry_run: bool, full: bool, wait: bool, as_json: bool) -> None:  # noqa: ARG001  # every run is full yet
    """Read the system KEY and apply what differs."""
    with _told(system=key, as_json=as_json):
        service = ProductSyncService()
        requested = service.request(key, dry_run=dry_run, actor=COMMAND_LINE)
        if wait:
            _end(_taken_to_the_end(service, requested.id), as_json=as_json)
        _say(requested, as_json=as_json)
        click.echo(f"Run {requested.id} is queued. A serving process takes it up, or `sync due` does so now.", err=True)


@sync.command("due")
def run_due() -> None:
    """Take every queued run to its end in this process."""
    ended = ProductSyncService().execute_queued()
    for run in ended:
        click.echo(_row_of(run))
    click.echo(f"{len(ended)} queued runs taken up." if ended else "Nothing is queued.", err=True)
    _exit_worst(ended)


@sync.command("runs")
@click.option("--system", help="Only runs of this system.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def list_runs(system: str | None, limit: int) -> None:
    """Show the latest runs, the newest first."""
    for run in ProductSyncService().runs(system=system, limit=limit):
        click.echo(_row_of(run))


@sync.command("apply")
@run_id_argument
@json_option
def apply_run(run_id: int, *, as_json: bool) -> None:
    """Apply the plan of RUN, which waits for approval."""
    _decide(run_id, ProductSyncService().apply, as_json=as_json)


@sync.command("reject")
@run_id_argument
@json_option
def reject_run(run_id: int, *, as_json: bool) -> None:
    """Refuse the plan of RUN; nothing of it is written."""
    with _told(system=_system_of(run_id), as_json=as_json, run_id=run_id):
        run = ProductSyncService().reject(run_id, actor=COMMAND_LINE)
        _say(run, as_json=as_json)
        click.echo(f"Run {run.id} rejected; nothing of it was written.", err=True)


@click.group(cls=CatalogGroup)
def systems() -> None:
    """External systems that products come from."""


@systems.command("list")
def list_systems() -> None:
    """Show every system and whether it is configured."""
    for system in ProductSyncService().systems():
        setup = setup_of(system)
        state = "configured" if setup.is_configured else f"not configured: set {', '.join(setup.missing)}"
        last = (
            f"last good run {system.state.last_success_at:%Y-%m-%d %H:%M} UTC"
            if system.state.last_success_at
            else "never synced"
        )
        click.echo(_row(system.key, system.label, setup.preset, last, state))


@systems.command("show")
@click.argument("key")
def show_system(key: str) -> None:
    """Show how the system KEY is set up and where each value comes from. Secrets are never shown."""
    setup = setup_of(found(db.session(), key))
    for fact in setup.facts:
        click.echo(_row(fact.name, _worth(fact), fact.origin, fact.variable or ""))
    if setup.fault:
        click.echo(setup.fault, err=True)


@systems.command("test")
@click.argument("key")
def test_system(key: str) -> None:
    """Read and map the first page of the system KEY and show it. Nothing is written."""
    result = probe(db.session(), key)
    for record in result.records:
        if record.values is None:
            click.echo(_row(record.external_product_id or "", "rejected", f"{record.field}: {record.reason}"))
        else:
            values = record.values
            told = (values.get("name"), values.get("product_type"), values.get("lifecycle_status"), _price(values))
            click.echo(_row(record.external_product_id or "", *map(str, told)))
    click.echo(_summary(result), err=True)


GROUPS: Sequence[click.Group] = (sync, systems)


@contextmanager
def _told(*, system: str | None, as_json: bool, run_id: int | None = None) -> Iterator[None]:
    """Tell what could not even start: in words on stderr, as JSON on stdout where asked, and by the exit code."""
    try:
        yield
    except BusyError as busy:
        code, status, error = BUSY, "busy", str(busy)
    except CatalogError as fault:
        code, status = (BUSY, "busy") if _is_held(system) else (FAILED, states.FAILED)
        error = str(fault)
    except DBAPIError as fault:
        code, status, error = FAILED, states.FAILED, f"The database refused ({type(fault.orig).__name__})."
    else:
        return
    if as_json:
        _print({**_blank(system), "id": run_id, "status": status, "error": error})
    click.echo(f"Error: {error}", err=True)
    raise click.exceptions.Exit(code)


def _is_held(key: str | None) -> bool:
    """Return whether a run holds the system now, which then is the reason why something else could not be done."""
    system = db.session().get(ExternalSystem, key) if key else None
    return system is not None and is_held(system.state, now=utcnow())


def _blank(system: str | None) -> dict[str, Any]:
    """Return the document of a run that there is not: the same names as of any other."""
    counts = dict.fromkeys(
        ("pages", "fetched", "created", "updated", "unchanged", "conflicts", "rejected", "withdrawn"), 0
    )
    run = SyncRun(external_system=system or "", **counts, held_because=[], proof=[], dry_run=False, full=True)
    return {**run_document(run), "system": system}


def _decide(run_id: int, decision: Callable[..., SyncRun], *, as_json: bool) -> None:
    system = _system_of(run_id)
    with _told(system=system, as_json=as_json, run_id=run_id):
        _end(decision(run_id, actor=COMMAND_LINE), as_json=as_json)


def _system_of(run_id: int) -> str | None:
    try:
        return ProductSyncService().get(run_id).external_system
    except (CatalogError, DBAPIError):
        # What is wrong is told by what is tried next.
        return None


def _taken_to_the_end(service: ProductSyncService, run_id: int) -> SyncRun:
    try:
        return service.execute(run_id)
    except Exception:
        log.exception("sync run failed", run=run_id)
        return service.get(run_id)


def _end(run: SyncRun, *, as_json: bool) -> None:
    """Tell how a run ended, and exit with its code."""
    _say(run, as_json=as_json)
    if run.error:
        click.echo(f"Error: {run.error}", err=True)
    if run.status == states.QUEUED:
        click.echo(f"Run {run.id} stays queued: another run of {run.external_system} goes on.", err=True)
    for reason in run.held_because if run.status == states.AWAITING_APPROVAL else ():
        click.echo(f"Held: {reason}", err=True)
    raise click.exceptions.Exit(EXIT_CODES.get(run.status, FAILED))


def _exit_worst(ended: Sequence[SyncRun]) -> None:
    codes = {EXIT_CODES.get(run.status, FAILED) for run in ended}
    for code in (FAILED, BUSY, WAITS_FOR_APPROVAL):
        if code in codes:
            raise click.exceptions.Exit(code)


def _say(run: SyncRun, *, as_json: bool) -> None:
    if as_json:
        _print(run_document(run))
    else:
        click.echo(_row_of(run), err=True)


def _print(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document).decode())


def _row_of(run: SyncRun) -> str:
    counts = f"{run.created} created, {run.updated} updated, {run.withdrawn} withdrawn, {run.rejected} rejected"
    begun = moment_text((run.started_at or run.requested_at).replace(microsecond=0))
    return _row(str(run.id), run.external_system, run.status, f"{run.fetched} fetched", counts, begun)


def _worth(fact: SettingFact) -> str:
    if fact.is_secret:
        return "set" if fact.is_set else "not set"
    return fact.value or "not set"


def _price(values: dict[str, Any]) -> str:
    return f"{values['currency']} {values['price']}" if values.get("price") and values.get("currency") else "no price"


def _summary(result: Probe) -> str:
    rejected = sum(record.values is None for record in result.records)
    total = f" of {result.expected_total}" if result.expected_total is not None else ""
    return f"{result.rows}{total} rows on the first page, {rejected} rejected. Nothing was written."


def _row(*cells: str) -> str:
    return "\t".join(cells)
