"""How addresses are read, for pages and JSON alike."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class RowIdConverter(IntegerConverter):
    """A number in an address, as ids of rows are: what no database could hold is no address of ours."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:  # noqa: A002  # the base class names it
        super().__init__(map, max=LARGEST_ID)


def init_app(app: Flask) -> None:
    # Both spellings of an address work, and a POST is never redirected.
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = RowIdConverter
