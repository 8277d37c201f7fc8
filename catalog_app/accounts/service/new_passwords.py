"""Whether a password that somebody chose may be one here."""

from collections.abc import Iterable

import structlog

from catalog_app.accounts.breached import is_breached
from catalog_app.accounts.passwords import check_password
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.wiring import settings

log = structlog.get_logger(__name__)


def check_new(password: str, *, about: Iterable[str]) -> None:
    """Raise RuleError unless `password` is good enough for the person whom `about` describes (e-mail, name)."""
    check_password(password, about=about)
    file = settings().breached_passwords
    if file is None:
        return
    try:
        is_known = is_breached(password, file)
    except OSError as fault:
        # People go on choosing good passwords while an operator mends it.
        log.warning("breached passwords not looked up", error=type(fault).__name__)
        return
    if is_known:
        raise RuleError(
            {"password": Sentence("This password has come out somewhere else, so it is tried. Use another one.")}
        )
