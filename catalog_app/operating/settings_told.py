"""The command `config check`: every setting as it counts, where that was said, and what means nothing."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr

from catalog_app.core.commands import CatalogGroup
from catalog_app.core.logs import HIDDEN
from catalog_app.core.wiring import settings
from catalog_app.settings import PREFIX, default_demo_env, unknown_settings

_USER: Final = re.compile(r"//[^/@]*@")


@click.group(cls=CatalogGroup)
def config() -> None:
    """What the settings are."""


@config.command("check")
def check() -> None:
    """Show every setting as it counts now and where it was said; secrets are hidden. Wrong ones end this with 1."""
    for name, value in _flat():
        click.echo(f"{name}={_shown(value)}\t{said_in(name, os.environ, default_demo_env())}")
    for name in unknown_settings():
        click.echo(f"{name} means nothing here; is it spelled right?", err=True)


def said_in(name: str, environ: Mapping[str, str], demo_env: Path) -> str:
    """Return where the value of a variable comes from: environment, file, demo.env or default."""
    demo = dotenv_values(demo_env) if demo_env.is_file() else {}
    for said, where in ((environ, ""), (demo, "demo.env")):
        if said.get(name):
            return where or "environment"
        if path := said.get(f"{name}_FILE"):
            return f"file {path}"
    return "default"


def _flat() -> Iterator[tuple[str, object]]:
    for name, value in settings():
        if isinstance(value, BaseModel):
            for part in sorted(value.model_fields_set):
                yield f"{PREFIX}{name}_{part}".upper(), getattr(value, part)
        else:
            yield f"{PREFIX}{name}".upper(), value


def _shown(value: object) -> object:
    """Return a value as it may be printed: no secret, and none inside another value."""
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, tuple):
        return ",".join(str(_shown(one)) for one in value)
    return "" if value is None else _USER.sub(f"//{HIDDEN}@", str(value))
