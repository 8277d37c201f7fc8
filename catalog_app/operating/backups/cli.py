"""The commands `backup` and `restore`. Messages for people go to stderr."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.db import db
from catalog_app.operating.backups.archive import Contents, opened
from catalog_app.operating.backups.restoring import restore as put_back
from catalog_app.operating.backups.taking import backup as take

_MEBIBYTE = 1024 * 1024
_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command("backup", cls=CatalogCommand)
@click.argument("path", type=_PATH)
@with_appcontext
def backup(path: Path) -> None:
    """Write everything of one moment to the file PATH while the service runs; an older backup there is replaced."""
    contents = take(db.engine, path)
    size = path.stat().st_size / _MEBIBYTE
    click.echo(f"{_told(contents)} written to {path} ({size:.1f} MB). The encryption keys are not in it.", err=True)


@click.command("restore", cls=CatalogCommand)
@click.argument("path", type=_PATH)
@click.option("--replace", is_flag=True, help="Let go of everything that is in the database now.")
@with_appcontext
def restore(path: Path, *, replace: bool) -> None:
    """Put the backup PATH back, all of it or nothing, also from SQLite to PostgreSQL or the other way."""
    with opened(path) as found:
        put_back(db.engine, found, replace=replace)
        click.echo(f"{_told(found.contents)} restored. Everybody signs in again.", err=True)


def _told(contents: Contents) -> str:
    return f"{contents.rows} rows in {len(contents.parts)} tables as of {contents.made_at:%Y-%m-%d %H:%M:%S} UTC"
