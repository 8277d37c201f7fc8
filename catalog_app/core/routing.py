"""How addresses are read, for pages and JSON alike."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class RowIdConverter(IntegerConverter):
    """A number in an address, as ids of rows are: what no database could hold is no address of ours."""

    # Up to LARGEST_ID and no further. A number that matches and is refused afterwards would be answered with 405.
    regex = (
        "[0-9]{1,9}|1[0-9]{9}|20[0-9]{8}|21[0-3][0-9]{7}|214[0-6][0-9]{6}|2147[0-3][0-9]{5}|21474[0-7][0-9]{4}"
        "|214748[0-2][0-9]{3}|2147483[0-5][0-9]{2}|21474836[0-3][0-9]|214748364[0-7]"
    )

    def __init__(self, map: Map) -> None:  # noqa: A002  # the base class names it
        super().__init__(map, max=LARGEST_ID)


def init_app(app: Flask) -> None:
    # Both spellings of an address work, and a POST is never redirected.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["int"] = RowIdConverter
