"""The command `nbo`. Results go to stdout, messages for people to stderr.

It exits with 0 where something was done, and with 1 where it failed, or where every line of a batch was rejected.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import orjson
from pydantic import TypeAdapter, ValidationError

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.contacts.schema import Instant
from catalog_app.core.commands import FAILED, CatalogGroup
from catalog_app.core.json_values import moment_text
from catalog_app.products.terms import CHANNELS
from catalog_app.recommendations.api.documents import model_document, training_document
from catalog_app.recommendations.api.evaluation import evaluation_document
from catalog_app.recommendations.decisions.asked import MAX_LIMIT
from catalog_app.recommendations.evaluation.found import MEASURES, Estimate, Measure
from catalog_app.recommendations.evaluation.service import evaluation
from catalog_app.recommendations.models import FINISHED, ModelVersion
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.recommendations.training.versions import ModelService

DEFAULT_TOP: Final = 3


class Moment(click.ParamType[datetime]):
    """A date and time with its zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return _MOMENT.validate_python(value)
        except ValidationError:
            self.fail("write a date and time with its zone, such as 2026-12-31T21:00:00Z", param, ctx)


_MOMENT: Final = TypeAdapter[datetime](Instant)

json_option = click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON on stdout.")


@click.group(cls=CatalogGroup)
def nbo() -> None:
    """Next best offers: models, and offers for many customers."""


@nbo.command("train")
@click.option("--until", type=Moment(), help="Learn from what happened before this moment only.")
@json_option
def train(*, until: datetime | None, as_json: bool) -> None:
    """Learn a model in this process, check it, and let it serve where it holds."""
    service = TrainingService()
    training = service.run_now(service.request(until=until, actor=COMMAND_LINE, enqueue=False).id)
    if as_json:
        _print(training_document(training))
    click.echo(f"Training {training.id} {training.status}: {training.outcome or training.step or 'queued'}", err=True)
    if training.status != FINISHED:
        raise click.exceptions.Exit(FAILED)


@nbo.command("evaluate")
@click.option("--since", type=Moment(), help="Decisions from this moment on.")
@click.option("--until", type=Moment(), help="Decisions before this moment.")
@click.option("--measure", type=click.Choice(MEASURES), default=MEASURES[0], show_default=True)
@click.option("--model", "versions", type=int, multiple=True, help="What this version would have brought, too.")
@json_option
def evaluate(
    *, since: datetime | None, until: datetime | None, measure: Measure, versions: tuple[int, ...], as_json: bool
) -> None:
    """Estimate from the log of decisions what each policy brings, with 95 % intervals."""
    found = evaluation(since=since, until=until, versions=versions, measure=measure)
    if as_json:
        _print(evaluation_document(found))
        return
    for policy in found.policies:
        name = policy.key if policy.model_version is None else f"{policy.key} ({policy.model_version})"
        estimates = (f"{way} {_estimated(getattr(policy, way.lower()))}" for way in ("IPS", "SNIPS", "DM", "DR"))
        click.echo("\t".join((name, *estimates)))
    for note in found.notes:
        click.echo(note, err=True)
    click.echo(f"{found.decisions} decisions, {found.explored} of them with chance.", err=True)


@nbo.command("models")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
def list_models(*, limit: int, as_json: bool) -> None:
    """Show the model versions, the newest first."""
    for model in ModelService().search(limit=limit).items:
        if as_json:
            _print(model_document(model, whole=True))
        else:
            words = (str(model.version), model.status, model.basis, moment_text(model.trained_at), model.reason or "")
            click.echo("\t".join(words))


@nbo.command("activate")
@click.argument("version", metavar="VERSION", type=click.IntRange(1, 2**31 - 1))
def activate(version: int) -> None:
    """Let the model VERSION serve from the next decision on, on every node."""
    _tell_serving(ModelService().activate(version, actor=COMMAND_LINE))


@nbo.command("rollback")
def roll_back() -> None:
    """Let the model serve again that served before the present one."""
    _tell_serving(ModelService().roll_back(actor=COMMAND_LINE))


@nbo.command("batch")
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--top", type=click.IntRange(1, MAX_LIMIT), default=DEFAULT_TOP, show_default=True, help="Offers a customer."
)
@click.option("--channel", type=click.Choice(CHANNELS), help="For rows that tell none in a column of their own.")
@click.option("--context", help="For rows that tell none in a column of their own.")
@click.option("--candidates", help="Only these products: ids with commas between them.")
@click.option(
    "--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Beside OUT, as .rejects.ndjson, unless given."
)
@json_option
def batch(
    source: Path,
    target: Path,
    *,
    top: int,
    channel: str | None,
    context: str | None,
    candidates: str | None,
    rejects: Path | None,
    as_json: bool,
) -> None:
    """Write the best offers for every customer of IN to OUT: NDJSON, CSV or Parquet, as their names and marks say.

    IN has a column customer_id, `owned` where it is known, and features. Lines that cannot be scored go to a file of
    their own with the reason. Exits with 1 where every line was rejected.
    """
    # Numbers for matrices are heavy; only this command needs them.
    from catalog_app.recommendations.batches.running import asked_of, run_file  # noqa: PLC0415

    asked = asked_of(limit=top, channel=channel, context=context, candidates=_numbers(candidates))
    beside = rejects or target.with_suffix(".rejects.ndjson")
    done = run_file(source, target, beside, asked, actor=COMMAND_LINE)
    if done.unknown_features:
        click.echo(f"These count as the mean: {', '.join(sorted(done.unknown_features))}", err=True)
    if done.rejected:
        click.echo(f"{done.rejected} lines rejected: {beside}", err=True)
    rests_on = f"model {done.model_version} ({done.basis})" if done.model_version else "values alone"
    click.echo(f"{done.offers} offers for {done.served} of {done.customers} customers, by {rests_on}.", err=True)
    if as_json:
        _print(done.as_json())
    if done.rejected and not done.customers:
        raise click.exceptions.Exit(FAILED)


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter("write ids with commas between them, such as 7,9", param_hint="--candidates")
    return [int(part) for part in parts]


def _tell_serving(model: ModelVersion) -> None:
    click.echo(f"Model {model.version} ({model.basis}) serves.", err=True)


def _estimated(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.4f} ({estimate.low:.4f} to {estimate.high:.4f})"


def _print(document: Mapping[str, Any]) -> None:
    click.echo(orjson.dumps(document).decode())
