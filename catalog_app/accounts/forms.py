"""The forms of accounts: text to types; the rules are in schema.py and passwords.py."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from wtforms import EmailField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from catalog_app.accounts.roles import ROLES, SCOPES, Role
from catalog_app.accounts.schema import NewToken, NewUser, expiry_from
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError
from catalog_app.core.forms import BaseForm
from catalog_app.core.wording import errors_by_field

LIFETIMES = {"30d": "30 days", "90d": "90 days", "365d": "a year", "never": "until it is revoked"}
_ROLE_CHOICES: dict[str, str] = {role: role.capitalize() for role in ROLES}
_SCOPE_CHOICES: dict[str, str] = {scope: scope for scope in SCOPES}
_M = TypeVar("_M", bound=BaseModel)
_REQUIRED = InputRequired("Fill this in.")


class LoginForm(BaseForm):
    """Who wants in, and where they were going."""

    email = EmailField("E-mail address", validators=[_REQUIRED])
    password = PasswordField("Password", validators=[_REQUIRED])
    next = HiddenField()


class PasswordForm(BaseForm):
    """A new password of one's own; the present one proves that it is not a passer-by who asks."""

    current = PasswordField("Present password", validators=[_REQUIRED])
    new = PasswordField("New password", validators=[_REQUIRED])
    again = PasswordField("New password again", validators=[_REQUIRED])

    def checked(self) -> tuple[str, str]:
        """Return the present and the new password, or raise RuleError."""
        if self.new.data != self.again.data:
            raise RuleError({"again": "This is not the same as the new password."})
        return self.current.data or "", self.new.data or ""


class RoleForm(BaseForm):
    """A role for a user who exists."""

    role = SelectField("Role", choices=_ROLE_CHOICES)

    def checked(self) -> Role:
        return next(role for role in ROLES if role == self.role.data)


class NewUserForm(RoleForm):
    """A person who is to have an account."""

    email = EmailField("E-mail address")
    name = StringField("Name")

    def new_user(self) -> NewUser:
        """Return what was typed as a checked whole, or raise RuleError."""
        return _checked(NewUser, email=self.email.data or "", name=self.name.data or "", role=self.role.data)


class NewTokenForm(BaseForm):
    """A token that is to be made for a program."""

    name = StringField("Name")
    scopes = SelectMultipleField(
        "Scopes",
        choices=_SCOPE_CHOICES,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    expires = SelectField("Good for", choices=LIFETIMES, default="90d")

    def new_token(self) -> NewToken:
        """Return what was typed as a checked whole, or raise RuleError."""
        expires_at = expiry_from(str(self.expires.data), utcnow())
        return _checked(
            NewToken, name=self.name.data or "", scopes=tuple(self.scopes.data or ()), expires_at=expires_at
        )


def _checked(model: type[_M], **values: object) -> _M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RuleError(errors_by_field(error)) from None
