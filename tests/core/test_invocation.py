import pytest

from catalog_app.core.invocation import flask_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("run", "run"),
        ("--app wsgi run --port 5000", "run"),
        ("--app=wsgi --debug run", "run"),
        ("-A wsgi -e demo --no-debug sync run xiva", "sync"),
        ("--env-file run demo --reset", "demo"),
        ("--app wsgi tokens create demo --scope products:read", "tokens"),
        ("-Awsgi demo", "demo"),
        ("--app wsgi --help", None),
        ("--app", None),
        ("", None),
    ],
)
def test_the_command_is_the_first_word_that_belongs_to_no_option(line: str, command: str | None) -> None:
    assert flask_command(line.split()) == command
