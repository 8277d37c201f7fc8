"""Errors inside the frame: who is signed in keeps the rail, and with it every way out."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from flask import g, render_template

from catalog_app.accounts import person
from catalog_app.core.db import db
from catalog_app.core.error_words import ErrorPage
from catalog_app.dashboard.navigation import Navigation

log = structlog.get_logger()


def framed(page: ErrorPage) -> str | None:
    """Return the page with the rail; None where nobody is signed in, or the frame itself cannot be made."""
    is_ours = page.code >= HTTPStatus.INTERNAL_SERVER_ERROR
    if is_ours and "_login_user" not in g:
        # Who it is would have to be asked of the database, which may be what failed.
        return None
    try:
        db.session.rollback()
        return render_template("errors/framed.html", **_shown(page, is_ours=is_ours)) if _is_somebody() else None
    except Exception as error:  # noqa: BLE001  # whatever fails here, the bare page is still to be shown
        log.warning("error page without its frame", kind=type(error).__name__)
        return None


def _is_somebody() -> bool:
    return person().is_authenticated


def _shown(page: ErrorPage, *, is_ours: bool) -> dict[str, Any]:
    values = asdict(page)
    return {**values, "nav": Navigation(with_counts=False), "with_views": False} if is_ours else values
