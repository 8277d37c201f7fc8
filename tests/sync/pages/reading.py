"""What is read on a page, without its markup."""

import html
import re


def read(page: str) -> str:
    """Return the text of a page: no tags, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
