"""The command `sync`. Results go to stdout, messages for people to stderr.

`sync` exits with 0 where a run was applied, previewed, decided as asked or (without --wait) queued, 2 where its plan
waits for approval, 3 where the system is busy, and 1 for anything else. With --json it prints one JSON object on
stdout, also when the run failed or could not start. A queue of this process ends with it; so a queued run is only
written down here, and taken up by a serving process, or by `sync due`.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.core.commands import CatalogGroup
from catalog_app.core.json_values import moment_text
from catalog_app.sync.cli_answers import answered, ask, end, exit_worst, row, row_of, say, stoppable, taken_to_the_end
from catalog_app.sync.models import APPLIED, SyncRun
from catalog_app.sync.runs.report import COUNTS
from catalog_app.sync.runs.states import STATUSES, is_waiting
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.cli import systems

REJECTED_SHOWN = 100

run_id_argument = click.argument("run_id", metavar="RUN", type=click.IntRange(1, 2**31 - 1))
yes_option = click.option("--yes", is_flag=True, help="Ask nothing, at a terminal either.")
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
def run_system(key: str, *, dry_run: bool, full: bool, wait: bool, as_json: bool) -> None:
    """Read the system KEY and apply what differs."""
    with answered(system=key, as_json=as_json):
        requested = ProductSyncService().request(key, dry_run=dry_run, full=full, actor=COMMAND_LINE)
        if wait:
            end(taken_to_the_end(requested.id), as_json=as_json)
        say(requested, as_json=as_json)
        click.echo(f"Run {requested.id} is queued: a serving process takes it up, or `sync due` does.", err=True)


@sync.command("file")
@click.argument("key")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Plan and show, apply nothing.")
@json_option
def read_file(key: str, path: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take the rows of the file PATH (CSV, XLSX or NDJSON) as what the system KEY says; nothing is withdrawn."""
    with answered(system=key, as_json=as_json):
        service = ProductSyncService()
        run = service.read_file(key, path, dry_run=dry_run, actor=COMMAND_LINE)
        for change in service.changes(run.id, kind="rejected", limit=REJECTED_SHOWN):
            click.echo(f"Rejected: {change.field}: {change.reason}", err=True)
        end(run, as_json=as_json)


@sync.command("due")
def run_due() -> None:
    """Do in this process what is due by the schedule, and what is queued."""
    service = ProductSyncService()
    for run in service.end_interrupted():
        click.echo(f"Run {run.id} was interrupted.", err=True)
    service.request_due()
    with stoppable():
        ended = service.execute_queued()
    for run in ended:
        click.echo(row_of(run))
    click.echo(f"{len(ended)} runs taken up." if ended else "Nothing is due and nothing is queued.", err=True)
    exit_worst(ended)


@sync.command("runs")
@click.option("--system", help="Only runs of this system.")
@click.option("--status", type=click.Choice(STATUSES), help="Only runs in this state.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def list_runs(system: str | None, status: str | None, limit: int) -> None:
    """Show the latest runs, the newest first."""
    for run in ProductSyncService().runs(system=system, status=status, limit=limit):
        click.echo(row_of(run))


@sync.command("show")
@run_id_argument
@json_option
def show_run(run_id: int, *, as_json: bool) -> None:
    """Show everything about RUN."""
    with answered(run_id=run_id, as_json=as_json):
        run = ProductSyncService().get(run_id)
        if as_json:
            say(run, as_json=True)
            return
        for name, value in _facts(run):
            click.echo(row(name, value))


@sync.command("apply")
@run_id_argument
@yes_option
@json_option
def apply_run(run_id: int, *, yes: bool, as_json: bool) -> None:
    """Apply the plan of RUN, which waits for approval."""
    with answered(run_id=run_id, as_json=as_json):
        if not (yes or as_json):
            ask("Apply", run_id, where=is_waiting)
        end(ProductSyncService().apply(run_id, actor=COMMAND_LINE), as_json=as_json)


@sync.command("reject")
@run_id_argument
@json_option
def reject_run(run_id: int, *, as_json: bool) -> None:
    """Refuse the plan of RUN; nothing of it is written."""
    with answered(run_id=run_id, as_json=as_json):
        say(ProductSyncService().reject(run_id, actor=COMMAND_LINE), as_json=as_json)
        click.echo(f"Run {run_id} rejected; nothing of it was written.", err=True)


@sync.command("cancel")
@run_id_argument
@json_option
def cancel_run(run_id: int, *, as_json: bool) -> None:
    """Stop RUN, which is queued or goes on; nothing of it is written."""
    with answered(run_id=run_id, as_json=as_json):
        run = ProductSyncService().cancel(run_id, actor=COMMAND_LINE)
        say(run, as_json=as_json)
        done = "cancelled" if run.finished_at else "stops at its next step"
        click.echo(f"Run {run_id} {done}; nothing of it is written.", err=True)


@sync.command("undo")
@run_id_argument
@yes_option
@json_option
def undo_run(run_id: int, *, yes: bool, as_json: bool) -> None:
    """Take back what RUN changed; what was changed since stays as it is and is listed."""
    with answered(run_id=run_id, as_json=as_json):
        if not (yes or as_json):
            ask("Take back", run_id, where=lambda run: run.status == APPLIED and run.undone_at is None)
        run = ProductSyncService().undo(run_id, actor=COMMAND_LINE)
        say(run, as_json=as_json)
        told = run.undone or {}
        for kept in told["kept"]:
            click.echo(f"Kept: product {kept['product_id']} ({kept['name']}): {', '.join(kept['fields'])}", err=True)
        click.echo(f"Run {run_id} taken back: {told['restored']} fields of {told['products']} products.", err=True)


@sync.command("retry")
@run_id_argument
@click.option("--wait", is_flag=True, help="Run it to its end in this process; without it, it is only queued.")
@json_option
def retry_run(run_id: int, *, wait: bool, as_json: bool) -> None:
    """Try the rejected records of RUN again, without asking their source anew."""
    with answered(run_id=run_id, as_json=as_json):
        again = ProductSyncService().request_retry(run_id, actor=COMMAND_LINE)
        if wait:
            end(taken_to_the_end(again.id), as_json=as_json)
        say(again, as_json=as_json)
        click.echo(f"Run {again.id} is queued: a serving process takes it up, or `sync due` does.", err=True)


GROUPS: Sequence[click.Group] = (sync, systems)


def _facts(run: SyncRun) -> Sequence[tuple[str, str]]:
    moments = {
        "requested": run.requested_at,
        "started": run.started_at,
        "planned": run.planned_at,
        "finished": run.finished_at,
        "undone": run.undone_at,
    }
    return [
        ("run", str(run.id)),
        ("system", run.external_system),
        ("status", run.status),
        ("listing", "full" if run.full else "changes only"),
        *((name, str(getattr(run, name))) for name in COUNTS),
        *((name, moment_text(at)) for name, at in moments.items() if at),
        *(("held", reason) for reason in run.held_in_words),
        *(("not complete", reason) for reason in run.proof),
        *((("error", run.error),) if run.error else ()),
    ]
