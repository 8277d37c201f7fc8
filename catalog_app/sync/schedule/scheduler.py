"""`flask scheduler`: the heartbeat as a process of its own, for nodes whose web workers do not beat."""

import signal
import sys
import threading
from types import FrameType
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.db import db
from catalog_app.core.errors import FatalError
from catalog_app.core.readiness import schema_faults
from catalog_app.sync.schedule.heartbeat import EVERY, Heart


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
    told_to_stop = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    heart = Heart(app, every=every)
    heart.start()
    click.echo(f"The scheduler beats every {every:g} seconds.", err=True)
    told_to_stop.wait()
    heart.stop()
    sys.exit(0)
