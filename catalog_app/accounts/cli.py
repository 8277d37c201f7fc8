"""The commands `users` and `tokens`. Results go to stdout, messages for people to stderr."""

import sys

import click
from pydantic import ValidationError

from catalog_app.accounts.identity import COMMAND_LINE
from catalog_app.accounts.models import ApiToken
from catalog_app.accounts.roles import ROLES, SCOPES
from catalog_app.accounts.schema import NewToken, NewUser, expiry_from
from catalog_app.accounts.service import tokens as token_service
from catalog_app.accounts.service import users as user_service
from catalog_app.core.clock import utcnow
from catalog_app.core.commands import CatalogGroup
from catalog_app.core.errors import RuleError
from catalog_app.core.wording import errors_by_field


@click.group(cls=CatalogGroup)
def users() -> None:
    """People who may sign in."""


@users.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", help="How the pages call them; the part before the @ unless given.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
def create_user(email: str, role: str, name: str | None, *, password_stdin: bool) -> None:
    """Make an account; the password is asked for twice."""
    try:
        new = NewUser.model_validate({"email": email, "name": name or email.split("@", 1)[0], "role": role})
    except ValidationError as error:
        raise RuleError(errors_by_field(error)) from None
    user = user_service.create(new, _password(from_stdin=password_stdin), actor=COMMAND_LINE)
    click.echo(f"Created {user.email} ({user.role}).", err=True)


@users.command("list")
def list_users() -> None:
    """Show everybody who has an account."""
    for user in user_service.all_users():
        seen = f"signed in {user.last_login_at:%Y-%m-%d %H:%M} UTC" if user.last_login_at else "never signed in"
        click.echo(_row(user.email, user.role, "active" if user.is_active else "disabled", seen))


@users.command("disable")
@click.argument("email")
def disable_user(email: str) -> None:
    """Close an account and end its sessions."""
    user = user_service.disable(user_service.by_email(email).id, actor=COMMAND_LINE)
    click.echo(f"Disabled {user.email}.", err=True)


@click.group(cls=CatalogGroup)
def tokens() -> None:
    """What programs show to use the API."""


@tokens.command("create")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True)
@click.option("--expires", default="90d", show_default=True, help="A lifetime such as 90d, 12h or 4w, or never.")
def create_token(name: str, scopes: tuple[str, ...], expires: str) -> None:
    """Make a token and print it, alone, on stdout. It cannot be shown again."""
    try:
        expires_at = expiry_from(expires, utcnow())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires") from None
    try:
        new = NewToken.model_validate({"name": name, "scopes": scopes, "expires_at": expires_at})
    except ValidationError as error:
        raise RuleError(errors_by_field(error)) from None
    token, secret = token_service.create(new, actor=COMMAND_LINE)
    click.echo(f"Created {token.prefix} for {token.name}; it {_end(token)}. It is shown only now.", err=True)
    click.echo(secret)


@tokens.command("list")
def list_tokens() -> None:
    """Show every token, without what makes it one."""
    for token in token_service.all_tokens():
        used = f"used {token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never used"
        state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else _end(token)
        click.echo(_row(token.prefix, token.name, ",".join(token.scopes), state, used))


@tokens.command("revoke")
@click.argument("name_or_prefix")
def revoke_token(name_or_prefix: str) -> None:
    """End a token at once."""
    token = token_service.revoke(token_service.named(name_or_prefix).id, actor=COMMAND_LINE)
    click.echo(f"Revoked {token.prefix} ({token.name}).", err=True)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return typed


def _end(token: ApiToken) -> str:
    return f"expires {token.expires_at:%Y-%m-%d}" if token.expires_at else "never expires"


def _row(*cells: str) -> str:
    return "\t".join(cells)
