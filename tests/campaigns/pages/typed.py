"""The editor of a campaign as a browser would send it back."""

import re
from html import unescape

from tests.products.pages.typed import Fields, untouched
from tests.support.clients import Browser

_NAME = re.compile(r'<input[^>]*title-input[^>]*value="([^"]*)"')

_FAULT = re.compile(
    r'<(?:span|p) class="field-error".*?</(?:span|p)>|<div class="note-box tone-bad".*?</div>', re.DOTALL
)


def editor_of(browser: Browser, campaign_id: int) -> Fields:
    """Return the fields of the editor of a campaign that nobody has touched."""
    return fields_of(browser.get(f"/admin/campaigns/{campaign_id}").text, f"/admin/campaigns/{campaign_id}")


def new_editor(browser: Browser, query: str = "") -> Fields:
    """Return the fields of the editor of a new campaign."""
    return fields_of(browser.get(f"/admin/campaigns/new{query}").text, "/admin/campaigns/")


def fields_of(page: str, action: str) -> Fields:
    """Return the fields of the editor on this page, which is sent to `action`."""
    # The title is the field of the name: it stands above the form, and belongs to it.
    name = _NAME.search(page)
    return {**untouched(page, action), "name": [unescape(name[1]) if name else ""]}


def faults(page: str) -> list[str]:
    """Return what a page says is wrong, for a test to tell."""
    return [" ".join(re.sub("<[^>]+>", " ", found).split()) for found in _FAULT.findall(page)]
