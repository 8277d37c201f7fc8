"""What a fresh installation needs before there is anything to look at, and how much of it is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from catalog_app.accounts import i_may
from catalog_app.accounts.roles import Role
from catalog_app.accounts.service import tokens, users
from catalog_app.sync.runs.standing import SystemStanding


@dataclass(frozen=True)
class Step:
    """One step: done or not, and where it is taken; `url` is None for whoever may not."""

    title: str
    text: str
    verb: str
    url: str | None
    is_done: bool


def first_steps(systems: Sequence[SystemStanding]) -> list[Step]:
    """Return the steps in their order. Two queries."""
    return list(_steps(systems))


def _steps(systems: Sequence[SystemStanding]) -> Iterator[Step]:
    ready = [standing for standing in systems if standing.setup.is_configured]
    yield Step(
        gettext("Connect a system"),
        gettext("Say where your products are kept and how to sign in there."),
        gettext("Connect"),
        _for("admin", "systems.index"),
        is_done=bool(ready),
    )
    yield Step(
        gettext("Sync it"),
        gettext("A preview shows what would come in; nothing is written before you apply it."),
        gettext("Sync"),
        _for("editor", "sync.index") if ready else None,
        is_done=any(standing.system.state.last_success_at for standing in systems),
    )
    yield Step(
        gettext("Invite a person"),
        gettext("Each person has an account and a role of their own, so that history says who did what."),
        gettext("Invite"),
        _for("admin", "accounts.users"),
        is_done=users.count_active() > 1,
    )
    yield Step(
        gettext("Make a token"),
        gettext("Programs read the catalogue with a token that may do what they need, and no more."),
        gettext("Make"),
        _for("admin", "accounts.tokens"),
        is_done=tokens.count_usable() > 0,
    )


def _for(role: Role, endpoint: str) -> str | None:
    return url_for(endpoint) if i_may(role) else None
