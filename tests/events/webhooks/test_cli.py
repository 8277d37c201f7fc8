"""The commands for webhooks: JSON on stdout, words to people on stderr."""

import json

import pytest
from flask import Flask

from tests.core.http.hostile import HostileServer
from tests.events.webhooks.told import made, subscribed, turn
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")


def test_the_list_is_a_line_for_each_and_shows_no_secret(api: Program, receiver: HostileServer, app: Flask) -> None:
    hooks = [subscribed(api, receiver) for _ in range(2)]

    result = app.test_cli_runner().invoke(args=["webhooks", "list"])

    assert result.exit_code == 0, result.output
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [hook["id"] for hook in hooks]
    assert "whsec_" not in result.output


def test_a_replay_tells_everything_since_a_cursor_again(api: Program, receiver: HostileServer, app: Flask) -> None:
    hook = subscribed(api, receiver)
    made(api)
    turn(hook["id"])

    result = app.test_cli_runner().invoke(args=["webhooks", "replay", str(hook["id"]), "--since", hook["cursor"]])

    assert (result.exit_code, result.stdout) == (0, "")
    assert turn(hook["id"]) == 1


@pytest.mark.parametrize("words", [["replay", "99"], ["replay", "1", "--since", "7"]])
def test_what_cannot_be_told_again_fails(words: list[str], app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["webhooks", *words]).exit_code == 1
