"""The commands `users` and `tokens`: what scripts rely on."""

import re
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from catalog_app.accounts.models import ApiToken, User
from catalog_app.accounts.service import tokens, users
from tests.accounts.conftest import MakeUser, fresh
from tests.support.clients import PASSWORD, Browser

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def command(line: str, stdin: str | None = None) -> Result:
        return runner.invoke(args=line.split(), input=stdin)

    return command


def outcome(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stdout


def test_a_user_made_by_a_script_signs_in(run: Run, client: Browser) -> None:
    made = run("users create Lina@Operator.example --role editor --password-stdin", f"{PASSWORD}\n")
    assert outcome(made) == (0, "")
    assert "lina@operator.example" in made.stderr
    assert client.sign_in("lina@operator.example").status_code == 303


def test_a_password_is_asked_for_twice_and_not_shown(run: Run) -> None:
    made = run("users create lina@operator.example --role editor", f"{PASSWORD}\n{PASSWORD}\n")
    assert outcome(made) == (0, "")
    assert made.stderr.count("assword") >= 1
    assert PASSWORD not in made.output
    assert users.by_email("lina@operator.example").role == "editor"


@pytest.mark.parametrize(
    "line",
    [
        "users",
        "users create",
        "users create lina@operator.example",
        "users create lina@operator.example --role boss",
        "users create lina@operator.example --role viewer --colour red",
        "users rename",
        "users disable",
        "tokens create engine",
        "tokens create engine --scope everything",
        "tokens create engine --scope nbo:read --expires tomorrow",
        "tokens create engine --scope nbo:read --expires 99999w",
        "tokens revoke",
    ],
)
def test_wrong_usage_ends_with_64_and_says_so_on_stderr(run: Run, line: str) -> None:
    result = run(line)
    assert outcome(result) == (64, "")
    assert "Usage:" in result.stderr


@pytest.mark.parametrize(
    ("line", "stdin", "says"),
    [
        ("users create nonsense --role viewer --password-stdin", PASSWORD, "Write an e-mail address"),
        ("users create lina@operator.example --role viewer --password-stdin", "short", "at least 15"),
        ("users create lina@operator.example --role viewer --password-stdin", "", "at least 15"),
        ("users create admin@operator.example --role viewer --password-stdin", PASSWORD, "already a user"),
        ("users disable nobody@operator.example", "", "There is no user"),
        ("users disable nonsense", "", "Write an e-mail address"),
        ("users disable admin@operator.example", "", "last active admin"),
        ("tokens revoke nothing", "", "There is no token"),
    ],
)
def test_a_failure_ends_with_1_and_one_line_on_stderr(
    run: Run, make_user: MakeUser, line: str, stdin: str, says: str
) -> None:
    make_user("admin")
    result = run(line, stdin)
    assert outcome(result) == (1, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_users_are_listed_and_disabled(run: Run, make_user: MakeUser) -> None:
    make_user("admin")
    user = make_user()
    assert outcome(run(f"users disable {user.email}")) == (0, "")
    assert not fresh(User, user.id).is_active
    listed = run("users list")
    assert listed.exit_code == 0
    assert listed.stdout.splitlines() == [
        "admin@operator.example\tadmin\tactive\tnever signed in",
        "viewer@operator.example\tviewer\tdisabled\tnever signed in",
    ]


def test_a_token_stands_alone_on_stdout(run: Run) -> None:
    made = run("tokens create engine --scope products:read --scope nbo:read --expires 12h")
    assert made.exit_code == 0
    assert re.fullmatch(r"pc_[a-z0-9]{8}_[A-Za-z0-9_-]{43}\n", made.stdout)
    secret = made.stdout.strip()
    assert secret not in made.stderr
    found = tokens.find(secret)
    assert found
    assert found.scopes == {"products:read", "nbo:read"}


def test_a_token_may_be_made_to_last(run: Run) -> None:
    secret = run("tokens create engine --scope admin --expires never").stdout.strip()
    found = tokens.find(secret)
    assert found
    assert fresh(ApiToken, found.token_id).expires_at is None


def test_a_token_is_listed_without_its_secret_and_revoked_by_name(run: Run) -> None:
    secret = run("tokens create engine --scope nbo:read").stdout.strip()
    listed = run("tokens list")
    assert "engine\tnbo:read" in listed.stdout
    assert secret not in listed.stdout
    assert outcome(run("tokens revoke engine")) == (0, "")
    assert tokens.find(secret) is None
    assert "revoked" in run("tokens list").stdout


def test_of_two_tokens_of_one_name_the_prefix_says_which(run: Run) -> None:
    first = run("tokens create engine --scope nbo:read").stdout.strip()
    second = run("tokens create engine --scope nbo:read").stdout.strip()
    refused = run("tokens revoke engine")
    assert refused.exit_code == 1
    assert first[:11] in refused.stderr
    assert run(f"tokens revoke {second[:11]}").exit_code == 0
    assert tokens.find(first) is not None
    assert tokens.find(second) is None
