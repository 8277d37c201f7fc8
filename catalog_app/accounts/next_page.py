"""Where a person goes after signing in."""

from urllib.parse import urlsplit

HOME = "/admin/"
_NOT_AGAIN = ("/login", "/logout")


def safe_next(target: str | None) -> str:
    r"""Return `target` if it is a page of this very site, else the start page.

    Browsers read a backslash as a slash and drop tabs and line breaks, so `/\t/elsewhere` leads elsewhere.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return HOME
    if any(character == "\\" or character <= " " or character == "\x7f" for character in target):
        return HOME
    return HOME if urlsplit(target).path in _NOT_AGAIN else target


def page_of(url: str, *, host: str) -> str | None:
    """Return path and query of a whole URL if it is one of `host`, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.netloc != host:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
