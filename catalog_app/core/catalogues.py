"""The compiled catalogues of words: made by `make`, and at the start where they are missing or older than their source."""

import os
import tempfile
from pathlib import Path

import structlog

from catalog_app.settings import ROOT

TRANSLATIONS = ROOT / "translations"
_INSIDE = Path("LC_MESSAGES")
log = structlog.get_logger()


def source_of(language: str, folder: Path = TRANSLATIONS) -> Path:
    return folder / language / _INSIDE / "messages.po"


def ready(language: str, folder: Path = TRANSLATIONS) -> bool:
    """Return whether the words of a language can be used; compile them first where that is still to be done.

    Several workers may start at once: each writes a file of its own and puts it in place whole. Where nothing
    may be written, what was compiled before counts; where there is nothing, the language is left out and said so.
    """
    source = source_of(language, folder)
    compiled = source.with_suffix(".mo")
    try:
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            compile_catalogue(source, language)
    except OSError as error:
        log.warning("translations not compiled", language=language, reason=error.strerror, is_old=compiled.exists())
    return compiled.exists()


def compile_catalogue(source: Path, language: str) -> None:
    """Write the compiled catalogue beside its source."""
    # A worker that finds its words compiled has no need of what compiles them.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with source.open("rb") as text:
        catalogue = read_po(text, locale=language)
    handle, name = tempfile.mkstemp(dir=source.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as whole:
            write_mo(whole, catalogue)
        Path(name).chmod(0o644)
        Path(name).replace(source.with_suffix(".mo"))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
