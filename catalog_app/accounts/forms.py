"""The forms of accounts: text to types; the rules are in schema.py and passwords.py."""

from collections.abc import Iterable
from typing import TypeVar

from flask_babel import lazy_gettext
from pydantic import BaseModel, ValidationError
from wtforms import EmailField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from catalog_app.accounts.role_words import role_label, scope_words
from catalog_app.accounts.roles import ROLES, SCOPES, Role
from catalog_app.accounts.schema import NewToken, NewUser, expiry_from
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.forms import BaseForm
from catalog_app.core.wording import errors_by_field

LIFETIMES = {
    "30d": lazy_gettext("30 days"),
    "90d": lazy_gettext("90 days"),
    "365d": lazy_gettext("a year"),
    "never": lazy_gettext("until it is revoked"),
}
_M = TypeVar("_M", bound=BaseModel)
_REQUIRED = InputRequired(lazy_gettext("Fill this in."))


class LoginForm(BaseForm):
    """Who wants in, and where they were going."""

    email = EmailField(lazy_gettext("E-mail address"), validators=[_REQUIRED])
    password = PasswordField(lazy_gettext("Password"), validators=[_REQUIRED])
    next = HiddenField()
    # What was typed elsewhere when the session ended (typed.py).
    typed = HiddenField()


class PasswordForm(BaseForm):
    """A new password of one's own; the present one proves that it is not a passer-by who asks."""

    current = PasswordField(lazy_gettext("Present password"), validators=[_REQUIRED])
    new = PasswordField(lazy_gettext("New password"), validators=[_REQUIRED])
    again = PasswordField(lazy_gettext("New password again"), validators=[_REQUIRED])

    def checked(self) -> tuple[str, str]:
        """Return the present and the new password, or raise RuleError."""
        if self.new.data != self.again.data:
            raise RuleError({"again": Sentence("This is not the same as the new password.")})
        return self.current.data or "", self.new.data or ""


class RoleForm(BaseForm):
    """A role for a user who exists."""

    role = SelectField(lazy_gettext("Role"), choices=lambda: {str(role): role_label(role) for role in ROLES})

    def checked(self) -> Role:
        return next(role for role in ROLES if role == self.role.data)


class NewUserForm(RoleForm):
    """A person who is to have an account."""

    email = EmailField(lazy_gettext("E-mail address"))
    name = StringField(lazy_gettext("Name"))

    def new_user(self) -> NewUser:
        """Return what was typed as a checked whole, or raise RuleError."""
        return _checked(NewUser, email=self.email.data or "", name=self.name.data or "", role=self.role.data)


class AboutMeForm(BaseForm):
    """What a person is called, and where they are."""

    name = StringField(lazy_gettext("Name"))
    time_zone = SelectField(lazy_gettext("Time zone"), choices={})

    def offer(self, names: Iterable[str]) -> None:
        """Offer these time zones to choose from."""
        self.time_zone.choices = {name: name.replace("_", " ") for name in names}


class NewTokenForm(BaseForm):
    """A token that is to be made for a program."""

    name = StringField(lazy_gettext("Name"))
    scopes = SelectMultipleField(
        lazy_gettext("May do"),
        choices=lambda: {str(scope): scope_words(scope) for scope in SCOPES},
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    expires = SelectField(
        lazy_gettext("Good for"), choices=lambda: {key: str(words) for key, words in LIFETIMES.items()}, default="90d"
    )

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
