"""What people call the roles."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext

ROLE_LABELS: Final[Mapping[str, Any]] = {
    "viewer": lazy_gettext("Viewer"),
    "editor": lazy_gettext("Editor"),
    "approver": lazy_gettext("Approver"),
    "admin": lazy_gettext("Admin"),
}

ROLES_SAID: Final[Mapping[str, Any]] = {
    "viewer": lazy_gettext("Sees everything but settings of accounts, and changes nothing."),
    "editor": lazy_gettext("Changes products and segments, and previews syncs."),
    "approver": lazy_gettext("Also approves held plans, and undoes what was applied."),
    "admin": lazy_gettext("Also configures systems, users, tokens and webhooks."),
}

SCOPES_SAID: Final[Mapping[str, Any]] = {
    "products:read": lazy_gettext("Read products, segments and the change feed"),
    "products:write": lazy_gettext("Create, change and delete products"),
    "sync:run": lazy_gettext("Start syncs, and see their runs"),
    "sync:approve": lazy_gettext("Approve, reject and undo syncs"),
    "campaigns:read": lazy_gettext("Read campaigns"),
    "campaigns:write": lazy_gettext("Create and change campaigns"),
    "campaigns:trigger": lazy_gettext("Send campaigns"),
    "nbo:read": lazy_gettext("Ask for recommendations"),
    "nbo:write": lazy_gettext("Report what became of recommendations"),
    "ml:read": lazy_gettext("Read products as training data"),
    "webhooks": lazy_gettext("Subscribe to events"),
    "admin": lazy_gettext("Configure external systems"),
}

_IS_FOR: Final[Mapping[str, Any]] = {
    "viewer": lazy_gettext("This page is for viewers."),
    "editor": lazy_gettext("This page is for editors."),
    "approver": lazy_gettext("This page is for approvers."),
    "admin": lazy_gettext("This page is for admins."),
}
_YOU_ARE: Final[Mapping[str, Any]] = {
    "viewer": lazy_gettext("You are a viewer."),
    "editor": lazy_gettext("You are an editor."),
    "approver": lazy_gettext("You are an approver."),
    "admin": lazy_gettext("You are an admin."),
}


def role_label(role: str) -> str:
    """Return the word for a role; one that we do not know is shown as it is."""
    return str(ROLE_LABELS.get(role, role))


def scope_words(scope: str) -> str:
    """Return what a scope lets a program do; one that we do not know is shown as it is."""
    return str(SCOPES_SAID.get(scope, scope))


def page_is_for(role: str) -> str:
    """Return the sentence that says whom a page is for."""
    return str(_IS_FOR[role])


def you_are(role: str) -> str:
    """Return the sentence that says who somebody is."""
    return str(_YOU_ARE[role])
