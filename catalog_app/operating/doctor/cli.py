"""The command `doctor`: what is wrong and what to do on stdout, how much was looked at on stderr."""

import click
import orjson
from flask.cli import with_appcontext

from catalog_app.core.commands import FAILED, CatalogCommand
from catalog_app.operating.doctor.examining import Diagnosis, examine


@click.command("doctor", cls=CatalogCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Say what is set up wrongly and what to do about it; exit with 1 where something is. Nothing is changed."""
    diagnosis = examine()
    if as_json:
        click.echo(orjson.dumps(_document(diagnosis)).decode())
    for one in () if as_json else diagnosis.found:
        click.echo(f"{one.check}: {one.fault.wrong}\n    {one.fault.advice}")
    over = f" {diagnosis.passed_over} could not be made." if diagnosis.passed_over else ""
    faults = f"{len(diagnosis.found)} {'fault' if len(diagnosis.found) == 1 else 'faults'}"
    click.echo(f"{diagnosis.made} checks, {faults}.{over}", err=True)
    if diagnosis.found:
        context.exit(FAILED)


def _document(diagnosis: Diagnosis) -> dict[str, object]:
    faults = [{"check": one.check, "wrong": one.fault.wrong, "advice": one.fault.advice} for one in diagnosis.found]
    return {
        "ok": not faults,
        "checks": diagnosis.made,
        "passed_over": diagnosis.passed_over,
        "faults": faults,
    }
