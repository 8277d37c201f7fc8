"""The command `systems`: external systems listed, shown, tried, set and sealed anew.

Results go to stdout, messages for people to stderr. A secret is never printed; give one as `--secret name=-` and it is
read from standard input, so that it stands neither in the history of the shell nor in the list of processes.
"""

from collections.abc import Mapping
from typing import Any, Final

import click
import orjson

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.core.commands import CatalogGroup
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.wiring import settings
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.document import system_document
from catalog_app.sync.systems.probe import Probe, probe
from catalog_app.sync.systems.schema import (
    OBJECTS,
    SETTINGS,
    SystemInput,
    checked_key,
    checked_secrets,
    settings_of,
    told_together,
)
from catalog_app.sync.systems.setup import SettingFact, setup_of
from catalog_app.sync.systems.sources import all_systems, find, found
from catalog_app.sync.systems.systems import create_system, reseal_secrets, update_system

STDIN: Final = "-"
_NAMES: Final = {"auth.kind": "auth_kind", "auth.prefix": "header_prefix"}
_PATHS: Final = (
    "label, enabled, auth.kind, auth.prefix, sync_frequency, time_zone, params.NAME, tables.TABLE.WORD, limits.NAME, "
    "guards.NAME"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group(cls=CatalogGroup)
def systems() -> None:
    """External systems that products come from."""


@systems.command("list")
@json_option
def list_systems(*, as_json: bool) -> None:
    """Show every system and whether it is configured."""
    known = all_systems(db.session())
    if as_json:
        _print({"results": [system_document(system) for system in known]})
        return
    for system in known:
        click.echo(_listed(system))


@systems.command("show")
@click.argument("key")
@json_option
def show_system(key: str, *, as_json: bool) -> None:
    """Show how the system KEY is set up and where each value comes from. Secrets are never shown."""
    system = found(db.session(), key)
    if as_json:
        _print(system_document(system))
        return
    setup = setup_of(system)
    for fact in setup.facts:
        click.echo(_row(fact.name, _worth(fact), fact.origin, fact.variable or ""))
    if not system.enabled:
        click.echo("It is switched off: it is neither due nor read.", err=True)
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
    for unknown in result.unknown_words:
        path = f"tables.{unknown.table}.{unknown.word}"
        click.echo(f"Unknown word, in {unknown.records} records: --set {path!r}=... says what it means here.", err=True)
    click.echo(_summary(result), err=True)


@systems.command("set")
@click.argument("key")
@click.option("--preset", help="What kind of system it is, such as tmf620.")
@click.option("--base-url", help="Where it is, such as https://bss.example/api.")
@click.option(
    "--set", "said", multiple=True, metavar="PATH=VALUE", help=f"Another setting: {_PATHS}. Empty: the default."
)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME=VALUE",
    help="A credential: its value, - to read a line of standard input, env:VARIABLE, or nothing to forget it.",
)
@json_option
def set_system(
    key: str,
    *,
    preset: str | None,
    base_url: str | None,
    said: tuple[str, ...],
    secrets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add the system KEY, or change what is named; what is not named stays as it is."""
    system = find(db.session(), key)
    values = settings_of(system) if system else {"label": key.replace("-", " ").replace("_", " ").capitalize()}
    values |= {name: given for name, given in (("preset", preset), ("base_url", base_url)) if given is not None}
    for pair in said:
        _place(values, *_parted(pair, "--set"))
    try:
        _key, checked, inputs = told_together(
            lambda: key if system else checked_key(key),
            lambda: SystemInput.check(values, preset=settings().source(key).preset),
            lambda: checked_secrets(dict(_secret(pair) for pair in secrets)),
        )
        if system is None:
            saved = create_system(key, checked, secrets=inputs, actor=COMMAND_LINE)
        else:
            version = system.version
            saved = update_system(key, checked, secrets=inputs, expected_version=version, actor=COMMAND_LINE)
    except RuleError as error:
        raise click.UsageError("\n".join(_sentence(name, message) for name, message in error.errors.items())) from None
    if as_json:
        _print(system_document(saved))
    click.echo(_listed(saved), err=True)


@systems.command("reseal")
def reseal() -> None:
    """Seal every stored secret anew under the first of CATALOG_ENCRYPTION_KEYS; then the others may be dropped."""
    done = reseal_secrets(actor=COMMAND_LINE)
    click.echo(
        f"{done.secrets} secrets of {done.systems} systems sealed anew, {done.unchanged} were under the first key already.",
        err=True,
    )


def _parted(pair: str, option: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name.strip():
        # The pair itself may be a secret that stands in the wrong place.
        raise click.UsageError(f"{option} wants a name, an equals sign and a value.")
    return name.strip(), value


def _secret(pair: str) -> tuple[str, Any]:
    """Return a secret as the schema takes it: a value, a variable, or None to forget it."""
    name, value = _parted(pair, "--secret")
    if value == STDIN:
        line = click.get_text_stream("stdin").readline().rstrip("\r\n")
        if not line:
            raise click.UsageError(f"Nothing came on standard input for the secret {name}.")
        return name, {"value": line}
    if value.startswith("env:"):
        return name, {"env": value.removeprefix("env:")}
    return name, {"value": value} if value else None


def _place(values: dict[str, Any], path: str, value: str) -> None:
    """Put a value where its path leads; an empty one takes away what stood there, so that the default counts."""
    name, dot, rest = _NAMES.get(path, path).partition(".")
    if name not in SETTINGS or bool(dot) != (name in OBJECTS) or (dot and not rest):
        raise click.UsageError(f"There is no setting {path!r}. There are {_PATHS}.")
    steps = [name, *(rest.split(".", 1) if name == "tables" else [rest] if dot else [])]
    if name == "tables" and len(steps) != len(("tables", "table", "word")):
        raise click.UsageError(f"{path!r} names no word; write tables.TABLE.WORD.")
    for step in steps[:-1]:
        values = values.setdefault(step, {})
    if value:
        values[steps[-1]] = value
    else:
        values.pop(steps[-1], None)


def _sentence(name: str, message: str) -> str:
    path = next((path for path, field in _NAMES.items() if field == name), name)
    return f"{path}: {message}"


def _listed(system: ExternalSystem) -> str:
    setup = setup_of(system)
    last = (
        f"last good run {system.state.last_success_at:%Y-%m-%d %H:%M} UTC"
        if system.state.last_success_at
        else "never synced"
    )
    return _row(system.key, system.label, setup.preset, last, _standing(system))


def _standing(system: ExternalSystem) -> str:
    setup = setup_of(system)
    if setup.missing:
        return f"not configured: set {', '.join(setup.missing)}"
    if setup.fault:
        return f"not configured: {setup.fault}"
    return "configured" if system.enabled else "switched off"


def _worth(fact: SettingFact) -> str:
    if fact.is_secret:
        return ", ".join(filter(None, ("set", fact.kept))) if fact.is_set else "not set"
    return fact.value or "not set"


def _price(values: Mapping[str, Any]) -> str:
    return f"{values['currency']} {values['price']}" if values.get("price") and values.get("currency") else "no price"


def _summary(result: Probe) -> str:
    total = f" of {result.expected_total}" if result.expected_total is not None else ""
    return f"{result.rows}{total} rows on the first page, {len(result.rejected)} rejected. Nothing was written."


def _print(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document).decode())


def _row(*cells: str) -> str:
    return "\t".join(cells)
