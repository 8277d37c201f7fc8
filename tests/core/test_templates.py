"""Pieces of pages that are printed once: for the same macro, values and language, and for nothing else."""

from flask import Flask
from flask_babel import force_locale

from catalog_app.core.templates import kept

PIECES = """
{%- macro said(value) %}{{ value }}{% endmacro %}
{%- macro name() %}{{ _("Name") }}{% endmacro -%}
"""


def test_a_piece_is_printed_once_for_the_same_values(app: Flask) -> None:
    printed = []

    def piece(*given: object) -> str:
        printed.append(given)
        return f"{given}"

    with app.test_request_context():
        assert kept(piece, ("a", "b")) == kept(piece, ("a", "b"))
        kept(piece, 1)
        kept(piece, True)  # equal to 1, and printed otherwise

    assert printed == [(("a", "b"),), (1,), (True,)]


def test_a_piece_is_remembered_for_its_language_alone(app: Flask) -> None:
    name = app.jinja_env.from_string(PIECES).module.name  # type: ignore[attr-defined]  # a template's macros are attributes
    with app.test_request_context(), force_locale("en"):
        assert kept(name) == "Name"
    with app.test_request_context(), force_locale("ar"):
        assert kept(name) != "Name"


def test_what_a_piece_is_given_is_text_on_the_page(app: Flask) -> None:
    said = app.jinja_env.from_string(PIECES).module.said  # type: ignore[attr-defined]  # as above
    with app.test_request_context():
        assert kept(said, "<b>") == "&lt;b&gt;"
