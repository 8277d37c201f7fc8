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
from catalog_app.core.outages import CommitUnansweredError, has_no_room, is_away, is_outage

FAILED = 1
WRONG_USAGE = 64
_AWAY = "The database does not answer. Try again when it is back."
_NO_ROOM = "There is no room left where the database lies; nothing was changed. Make room, and try again."
_NO_TABLE = "no such"
"""SQLite calls a table or a column that is not there an operational error, like a lock."""
_UNANSWERED = (
    "The database went away before it said whether this was saved. Look whether it was before you do it again."
)


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
    except CommitUnansweredError:
        raise _failure(_UNANSWERED) from None
    except DBAPIError as error:
        if is_away(error):
            raise _failure(_AWAY) from None
        if has_no_room(error):
            raise _failure(_NO_ROOM) from None
        kind = type(error.orig).__name__
        if is_outage(error) and not _lacks_schema(error):
            raise _failure(f"The database is busy ({kind}); nothing was changed. Try again in a moment.") from None
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


def _lacks_schema(error: DBAPIError) -> bool:
    return _NO_TABLE in str(error.orig)


def _failure(message: str) -> click.ClickException:
    failure = click.ClickException(" ".join(message.split()))
    failure.exit_code = FAILED
    return failure
