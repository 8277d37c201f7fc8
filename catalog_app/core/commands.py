"""Commands that speak to scripts: results on stdout, everything else on stderr, and exit codes that mean something.

0 is done, 1 is failed, 64 is wrong usage (as in sysexits.h). A command may say more with a code of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from catalog_app.core.errors import CatalogError

FAILED = 1
WRONG_USAGE = 64


@contextmanager
def told_exits() -> Iterator[None]:
    """Turn what goes wrong inside into one line on stderr and the exit code that scripts rely on."""
    try:
        yield
    except click.UsageError as error:
        error.exit_code = WRONG_USAGE
        raise
    except CatalogError as error:
        raise _failure(str(error)) from None
    except DBAPIError as error:
        kind = type(error.orig).__name__
        raise _failure(f"The database refused ({kind}). `flask --app wsgi db upgrade` brings it up to date.") from None


class CatalogCommand(click.Command):
    """One command with the exit codes above."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with told_exits():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with told_exits():
            return super().invoke(ctx)


class CatalogGroup(AppGroup):
    """A group whose commands run inside the application and have the exit codes above."""

    command_class = CatalogCommand

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with told_exits():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with told_exits():
            return super().invoke(ctx)

    def group(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Group]:  # type: ignore[override]
        kwargs.setdefault("cls", CatalogGroup)
        return super().group(*args, **kwargs)


def _failure(message: str) -> click.ClickException:
    failure = click.ClickException(" ".join(message.split()))
    failure.exit_code = FAILED
    return failure
