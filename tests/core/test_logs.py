"""What a failure leaves in the logs: where it happened, and nothing of what was worked on."""

import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.db import db
from catalog_app.settings import ROOT

FAILING = """
import logging, sys
import structlog
from catalog_app.core.logs import configure_logs

def sign_in(typed):
    raise LookupError("nobody is here")

configure_logs(level="INFO", style=sys.argv[1])
try:
    sign_in("hunter" + "-two")
except LookupError:
    structlog.get_logger().exception("ours failed")
    logging.getLogger("theirs").exception("theirs failed")
"""


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_names_the_place_and_shows_no_local_variable(style: str) -> None:
    command = [sys.executable, "-c", FAILING, style]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stderr.count("Traceback") == ended.stderr.count("in sign_in") == 2
    assert "hunter-two" not in ended.stderr


@pytest.mark.usefixtures("app")
def test_an_sql_error_does_not_carry_the_values_of_the_statement() -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        db.session.execute(text("SELECT :secret FROM nowhere"), {"secret": "hunter-two"})

    assert "nowhere" in str(caught.value)
    assert "hunter-two" not in str(caught.value)
