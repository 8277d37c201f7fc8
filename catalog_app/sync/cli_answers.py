"""How the command `sync` answers: one JSON object or one line for each run, and an exit code that scripts rely on."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import click
import orjson
import structlog
from sqlalchemy.exc import DBAPIError

from catalog_app.core.clock import utcnow
from catalog_app.core.commands import FAILED as FAILURE
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import moment_text
from catalog_app.sync.models import (
    APPLIED,
    APPLYING,
    AWAITING_APPROVAL,
    FAILED,
    PLANNED,
    QUEUED,
    ExternalSystem,
    SyncRun,
)
from catalog_app.sync.runs.lease import is_held
from catalog_app.sync.runs.report import no_run, run_document
from catalog_app.sync.service import BusyError, ProductSyncService
from catalog_app.sync.systems.sources import found

log = structlog.get_logger()

WAITS_FOR_APPROVAL: Final = 2
BUSY: Final = 3
EXIT_CODES: Final[dict[str, int]] = {
    APPLIED: 0,
    PLANNED: 0,
    AWAITING_APPROVAL: WAITS_FOR_APPROVAL,
    QUEUED: BUSY,
    APPLYING: BUSY,
}
"""What a run that was taken to its end exits with; one that still is to be taken up found its system busy."""


@contextmanager
def answered(*, as_json: bool, system: str | None = None, run_id: int | None = None) -> Iterator[None]:
    """Tell what could not even start: in words on stderr, as JSON on stdout where asked, and by the exit code."""
    key = system if run_id is None else _system_of(run_id)
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except BusyError as busy:
        code, status, error = BUSY, "busy", str(busy)
    except CatalogError as fault:
        code, status = (BUSY, "busy") if _is_held(key) else (FAILURE, FAILED)
        error = str(fault)
    except DBAPIError as fault:
        # Only the kind: what a database says of a refused statement may hold values.
        code, status, error = FAILURE, FAILED, f"The database refused ({type(fault.orig).__name__})."
    except Exception:
        log.exception("sync command broke", system=key, run=run_id)
        code, status, error = FAILURE, FAILED, "Something went wrong here. The log has the rest."
    else:
        return
    if as_json:
        _print(no_run(key, run_id=run_id, status=status, error=error))
    click.echo(f"Error: {error}", err=True)
    raise click.exceptions.Exit(code)


def taken_to_the_end(run_id: int) -> SyncRun:
    """Take a queued run to its end in this process; what breaks is logged, and the run says what became of it."""
    service = ProductSyncService()
    try:
        with stoppable():
            return service.execute(run_id)
    except Exception:
        log.exception("sync run failed", run=run_id)
        return service.get(run_id)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM end the block as an interrupt does, so that the run is handed back to the queue before the exit."""
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end(run: SyncRun, *, as_json: bool) -> NoReturn:
    """Tell how a run ended, and exit with its code."""
    say(run, as_json=as_json)
    if run.error:
        click.echo(f"Error: {run.error}", err=True)
    if run.status == QUEUED:
        words = f"Run {run.id} stays queued, because another run of {run.external_system} goes on."
        click.echo(f"{words} It begins when that has ended.", err=True)
    for reason in run.held_in_words if run.status == AWAITING_APPROVAL else ():
        click.echo(f"Held: {reason}", err=True)
    raise click.exceptions.Exit(EXIT_CODES.get(run.status, FAILURE))


def ask(verb: str, run_id: int, *, where: Callable[[SyncRun], bool]) -> None:
    """Ask a person at a terminal once whether it shall be done, and abort unless they say so; a script is asked nothing.

    Nor is anybody where it cannot be done: `where` tells, and what is tried next says why.
    """
    if not is_at_a_terminal():
        return
    run = ProductSyncService().get(run_id)
    if not where(run):
        return
    count = run.created + run.updated + run.withdrawn
    products = "1 product" if count == 1 else f"{count:,} products"
    question = f"{verb} run {run_id} of {found(db.session(), run.external_system).label}: {products}?"
    # A person takes their time; no transaction stays open meanwhile.
    db.session().rollback()
    click.confirm(question, abort=True, err=True)


def is_at_a_terminal() -> bool:
    """Return whether somebody may be there to answer."""
    return sys.stdin.isatty()


def exit_worst(ended: Sequence[SyncRun]) -> None:
    """Exit with the code of the run that went worst; return where all went well."""
    codes = {EXIT_CODES.get(run.status, FAILURE) for run in ended}
    for code in (FAILURE, BUSY, WAITS_FOR_APPROVAL):
        if code in codes:
            raise click.exceptions.Exit(code)


def say(run: SyncRun, *, as_json: bool) -> None:
    """Print the run: as JSON on stdout where asked, else as one line on stderr."""
    if as_json:
        _print(run_document(run))
    else:
        click.echo(row_of(run), err=True)


def row_of(run: SyncRun) -> str:
    """Return a run as one line of cells."""
    counts = f"{run.created} created, {run.updated} updated, {run.withdrawn} withdrawn, {run.rejected} rejected"
    begun = moment_text((run.started_at or run.requested_at).replace(microsecond=0))
    return row(str(run.id), run.external_system, run.status, f"{run.fetched} fetched", counts, begun)


def row(*cells: str) -> str:
    """Return cells as one line that scripts can take apart."""
    return "\t".join(cells)


def _print(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document).decode())


def _is_held(key: str | None) -> bool:
    """Return whether a run holds the system now, which then is the reason why something else could not be done."""
    system = db.session().get(ExternalSystem, key) if key else None
    return system is not None and is_held(system.state, now=utcnow())


def _system_of(run_id: int) -> str | None:
    try:
        return ProductSyncService().get(run_id).external_system
    except (CatalogError, DBAPIError):
        # What is wrong is told by what is tried next.
        return None
