"""The words that people read for the settings of an external system."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from catalog_app.products.labels import term
from catalog_app.sync.connectors.casts import LEFT_OUT

SECRET_LABELS: Mapping[str, Any] = {
    "username": lazy_gettext("User name"),
    "password": lazy_gettext("Password"),
    "token": lazy_gettext("Token"),
    "api_key": lazy_gettext("API key"),
    "api_secret": lazy_gettext("API secret"),
    "client_id": lazy_gettext("Client id"),
    "client_secret": lazy_gettext("Client secret"),
}
TABLE_LABELS: Mapping[str, Any] = {
    "lifecycle_status": lazy_gettext("Status"),
    "product_type": lazy_gettext("Type"),
    "payment_mode": lazy_gettext("For customers"),
    "billing_cycle": lazy_gettext("Billing cycle"),
    "price_type": lazy_gettext("Kind of price"),
    "relation": lazy_gettext("Relation"),
    "channel": lazy_gettext("Channel"),
}
AUTH_LABELS: Mapping[str, Any] = {
    "none": lazy_gettext("Nothing: it is open"),
    "api_key": lazy_gettext("API key"),
    "basic": lazy_gettext("User name and password (basic)"),
    "bearer": lazy_gettext("Bearer token"),
    "jwt_login": lazy_gettext("Login for a JWT"),
    "session_login": lazy_gettext("Login for a session"),
    "oauth2_client_credentials": lazy_gettext("OAuth 2 client credentials"),
}
SETTING_LABELS: Mapping[str, Any] = {
    "base_url": lazy_gettext("Address"),
    "preset": lazy_gettext("Kind of system"),
    "auth_kind": lazy_gettext("Signs in by"),
    "header_prefix": lazy_gettext("Word before the token"),
    "sync_frequency": lazy_gettext("Synced"),
    "time_zone": lazy_gettext("Time zone"),
    "limits.attempts": lazy_gettext("Attempts a page"),
    "limits.page_seconds": lazy_gettext("Seconds for a page"),
    "limits.run_seconds": lazy_gettext("Seconds for a run"),
    "limits.max_rows": lazy_gettext("Rows at most"),
    "limits.page_size": lazy_gettext("Rows a page"),
    "guards.max_withdraw_percent": lazy_gettext("Withdrawn at most, %"),
    "guards.max_change_percent": lazy_gettext("Changed at most, %"),
    "guards.max_reject_percent": lazy_gettext("Rejected at most, %"),
    **SECRET_LABELS,
}


def setting_label(name: str) -> str:
    """Return what people call a setting; a dot leads to a parameter, a bound, or a word of a table."""
    if name in SETTING_LABELS:
        return str(SETTING_LABELS[name])
    group, _, inside = name.partition(".")
    if group == "tables":
        table, _, word = inside.partition(".")
        return f"{table_label(table)}: {word}"
    return param_label(inside or name)


def setting_value(name: str, value: str) -> str:
    """Return what people call the value of a setting."""
    if name == "auth_kind":
        return str(AUTH_LABELS.get(value, value))
    return our_word(value)


def table_label(name: str) -> str:
    """Return what people call a mapping table."""
    return str(TABLE_LABELS.get(name, name.replace("_", " ").capitalize()))


def param_label(name: str) -> str:
    """Return what people call a parameter of a preset."""
    return name.replace("_", " ").capitalize()


def our_word(value: str) -> str:
    """Return what people call what a word of a source leads to."""
    return str(gettext("leave out")) if value == LEFT_OUT else term(value)
