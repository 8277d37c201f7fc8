"""Characters that nobody sees are shown on pages: they make one name look like another, or turn its end around.

It is done to the finished page, so that no template can forget it. What stands in attributes and in fields stays as it
is: a form has to send back what it was given.
"""

import re
from typing import Final

from flask import Flask, Response

# Bidirectional controls, zero-width spaces and joiners, soft hyphens, invisible operators. A joiner behind a letter of
# a script that joins, or behind a picture, is part of how it is written.
_UNSEEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|(?<![^\x00-\u024f])[\u200c\u200d]"
)
# The same in UTF-8, loosely: most pages hold none, and are left alone after one look at their bytes.
_SIGN_OF_ONE: Final = re.compile(
    rb"\xc2\xad|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
)
# Jinja escapes what it writes, so a tag ends at the first ">" after its "<".
_PIECES: Final = re.compile(
    r"<textarea\b.*?</textarea>|<script\b.*?</script>|(?P<plain><(?:title|option)\b[^>]*>[^<]*)|<[^>]*>|(?P<text>[^<]+)",
    re.DOTALL,
)


def show(html: str) -> str:
    """Return a page on which each character that has no shape stands with its number instead."""
    return _PIECES.sub(_shown, html)


def init_app(app: Flask) -> None:
    app.after_request(_show_unseen)


def _show_unseen(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed and _SIGN_OF_ONE.search(response.get_data()):
        response.set_data(show(response.get_data(as_text=True)))
    return response


def _shown(piece: re.Match[str]) -> str:
    if piece["text"]:
        return _UNSEEN.sub(lambda found: f'<span class="unseen">{_number(found)}</span>', piece[0])
    if piece["plain"]:
        # The browser takes what stands in these for text: a tag would be shown as one.
        tag, end, text = piece[0].partition(">")
        return tag + end + _UNSEEN.sub(lambda found: f"[{_number(found)}]", text)
    return piece[0]


def _number(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"
