"""What has no shape is shown on pages, and sent back by forms as it was."""

import pytest
from flask import Flask

from catalog_app.core import unseen


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>a\u202eb</p>", '<p>a<span class="unseen">U+202E</span>b</p>'),
        ("<b>Sha\u200bred</b>", '<b>Sha<span class="unseen">U+200B</span>red</b>'),
        ("<b>Fl\u200dex</b>", '<b>Fl<span class="unseen">U+200D</span>ex</b>'),
        ('<input value="a\u202eb">', '<input value="a\u202eb">'),
        ("<textarea>\na\u202eb <b></textarea>\u202e", '<textarea>\na\u202eb <b></textarea><span class="unseen">U+202E</span>'),
        ("<title>a\u202eb</title>", "<title>a[U+202E]b</title>"),
        ('<option value="a\u202e">a\u202eb</option>', '<option value="a\u202e">a[U+202E]b</option>'),
        ("<b>👨\u200d👩\u200d👧 می\u200cخواهم</b>", "<b>👨\u200d👩\u200d👧 می\u200cخواهم</b>"),
        ("<b>1 – 2 … “so”</b>", "<b>1 – 2 … “so”</b>"),
    ],
)  # fmt: skip
def test_a_character_without_a_shape_is_shown_in_text_and_left_in_fields(html: str, shown: str) -> None:
    assert unseen.show(html) == shown


def test_it_is_done_to_pages_and_to_nothing_else() -> None:
    app = Flask(__name__)
    unseen.init_app(app)
    app.add_url_rule("/page", "page", lambda: "<p>a\u202eb</p>")
    app.add_url_rule("/data", "data", lambda: {"name": "a\u202eb"})
    client = app.test_client()

    page, data = client.get("/page"), client.get("/data")

    assert page.text == '<p>a<span class="unseen">U+202E</span>b</p>'
    assert page.content_length == len(page.data)
    assert data.json == {"name": "a\u202eb"}
