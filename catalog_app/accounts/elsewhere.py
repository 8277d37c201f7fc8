"""Whether people may sign in with an account elsewhere, and what pages say of it; the rest is loaded only where they may."""

from flask import Flask, Response
from flask_babel import gettext

from catalog_app.accounts.service.identities import is_linked, passwords_open
from catalog_app.core.wiring import settings
from catalog_app.settings import Settings


def init_app(app: Flask, given: Settings) -> None:
    app.jinja_env.globals.update(elsewhere_label=label, passwords_open=passwords_open, is_linked=_is_linked)
    if given.oidc is not None:
        from catalog_app.accounts.views.oidc import oidc_bp  # noqa: PLC0415  # see above

        app.register_blueprint(oidc_bp)


def label() -> str:
    """Return the words of the button that leads to the provider; an empty text where there is none."""
    oidc = settings().oidc
    if oidc is None:
        return ""
    return str(gettext("Sign in with %(name)s", name=oidc.label) if oidc.label else gettext("Single sign-on"))


def leaving(user_id: int) -> Response | None:
    """Return the page that ends a person's session at the provider, too; None where there is none to end."""
    if settings().oidc is None:
        return None
    from catalog_app.accounts.views.oidc import leaving_page  # noqa: PLC0415  # see above

    return leaving_page(user_id)


def _is_linked(user_id: int) -> bool:
    return settings().oidc is not None and is_linked(user_id)
