"""How fast passwords may be tried, on rows that every node shares."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog_app.accounts.models import LoginThrottle
from catalog_app.accounts.service.retention import purge
from catalog_app.accounts.service.sessions import Client
from catalog_app.accounts.service.sign_in import sign_in
from catalog_app.accounts.throttle import ACCOUNT, ADDRESS, PAIR, Attempt, TooManyAttemptsError, admit, forgive
from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError
from tests.accounts.conftest import MakeUser
from tests.support.clients import HERE, PASSWORD

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINA = "lina@operator.example"


def attempt(now: datetime, *, account: str = LINA, address: str = "192.0.2.1", is_known: bool = False) -> None:
    with writing() as session:
        admit(session, Attempt(account=account, address=address, is_known=is_known), now)


def waits(now: datetime, *, account: str = LINA, address: str = "192.0.2.1") -> float:
    with pytest.raises(TooManyAttemptsError) as caught:
        attempt(now, account=account, address=address)
    return caught.value.retry_after or 0


def fail(times: int, now: datetime = START, *, account: str = LINA, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        attempt(now, account=account, address=address)


def test_five_failures_are_free_and_the_next_waits(app: Flask) -> None:
    fail(PAIR.free)
    assert waits(START) == 30


def test_an_attempt_while_waiting_is_not_counted(app: Flask) -> None:
    fail(PAIR.free)
    for _ in range(20):
        assert waits(START + timedelta(seconds=10)) == 20
    attempt(START + timedelta(seconds=30))


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(app: Flask) -> None:
    fail(PAIR.free)
    now, seen = START, []
    for _ in range(7):
        seen.append(waits(now))
        now += timedelta(seconds=seen[-1])
        attempt(now)
    assert seen == [30, 60, 120, 240, 480, 900, 900]


def test_an_hour_without_an_attempt_begins_the_count_anew(app: Flask) -> None:
    fail(PAIR.free)
    later = START + timedelta(hours=1, seconds=1)
    fail(PAIR.free, later)
    assert waits(later) == 30


def test_another_address_and_another_account_do_not_wait(app: Flask) -> None:
    fail(PAIR.free)
    attempt(START, address="192.0.2.2")
    attempt(START, account="omar@operator.example")


def test_one_ipv6_customer_is_one_address(app: Flask) -> None:
    for last in range(PAIR.free):
        attempt(START, address=f"2001:db8:0:1::{last}")
    assert waits(START, address="2001:db8:0:1::ffff") == 30
    attempt(START, address="2001:db8:0:2::1")


def test_guessing_at_one_account_from_many_addresses_waits(app: Flask) -> None:
    for number in range(ACCOUNT.free):
        attempt(START, address=f"198.51.100.{number}")
    assert waits(START, address="203.0.113.9") == 10


def test_a_person_at_a_known_address_is_not_locked_out_by_others(app: Flask) -> None:
    for number in range(ACCOUNT.free):
        attempt(START, address=f"198.51.100.{number}")
    attempt(START, address="192.0.2.7", is_known=True)


def test_guessing_at_many_accounts_from_one_address_waits(app: Flask) -> None:
    for number in range(ADDRESS.free):
        attempt(START, account=f"person{number}@operator.example")
    assert waits(START, account="one-more@operator.example") == 10


def test_a_right_password_takes_its_attempt_back(app: Flask) -> None:
    for _ in range(ACCOUNT.free * 2):
        attempt(START)
        with writing() as session:
            forgive(session, Attempt(account=LINA, address="192.0.2.1", is_known=False))


def test_many_attempts_at_the_same_moment_are_not_all_the_first(app: Flask) -> None:
    def one(_: int) -> bool:
        with app.app_context():
            try:
                attempt(START)
            except TooManyAttemptsError:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        let_through = sum(pool.map(one, range(40)))
    assert let_through == PAIR.free


def test_the_right_person_signs_in_from_where_they_were_while_others_guess(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    sign_in(user.email, PASSWORD, HERE)
    now = datetime.now(UTC)
    for number in range(ACCOUNT.free):
        attempt(now, account=user.email, address=f"198.51.100.{number}")
    with pytest.raises(TooManyAttemptsError):
        sign_in(user.email, PASSWORD, Client(address="203.0.113.9", user_agent=""))
    assert sign_in(user.email, PASSWORD, HERE)


def test_an_unknown_account_waits_like_a_known_one(app: Flask) -> None:
    for _ in range(PAIR.free):
        with pytest.raises(RuleError):
            sign_in("nobody@operator.example", "wrong", HERE)
    with pytest.raises(TooManyAttemptsError):
        sign_in("nobody@operator.example", "wrong", HERE)


def test_counts_that_no_longer_count_are_purged(app: Flask) -> None:
    fail(3, datetime.now(UTC) - timedelta(hours=2))
    fail(3, datetime.now(UTC), account="omar@operator.example", address="192.0.2.2")
    assert purge().throttles == 3
    assert db.session.scalar(select(func.count()).select_from(LoginThrottle)) == 3
