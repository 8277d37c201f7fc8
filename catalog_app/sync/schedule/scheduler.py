"""`flask scheduler`: the heartbeat as a process of its own, for nodes whose web workers do not beat."""

import signal
import sys
from typing import Final, cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.db import db
from catalog_app.core.errors import FatalError
from catalog_app.core.readiness import schema_faults
from catalog_app.sync.schedule.heartbeat import EVERY, Heart

STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@click.command("scheduler", cls=CatalogCommand)
@click.option(
    "--every",
    type=click.FloatRange(0.1, 60),
    default=EVERY,
    show_default=True,
    help="Seconds between two looks at what is due.",
)
@with_appcontext
def scheduler(every: float) -> None:
    """Begin what is due and work on what is queued, until the process is told to stop."""
    if missing := schema_faults():
        raise FatalError(missing[0])
    db.session.remove()
    # The proxy means whatever application this thread has; the threads of the heart need the very one.
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  # how Flask says it is done
    # Blocked before any thread begins, so that every thread leaves them alone and none is lost: a handler that sets an
    # event may run while this very thread holds the event's lock, and then nobody ever ends.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    heart = Heart(app, every=every)
    heart.start()
    click.echo(f"The scheduler beats every {every:g} seconds.", err=True)
    signal.sigwait(STOPPING)
    heart.stop()
    sys.exit(0)
