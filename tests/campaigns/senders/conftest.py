"""The other sides of all senders, and an application that hands over to them."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from catalog_app.campaigns.senders.handing import hand_over_for_a_moment
from tests.campaigns.senders.sides import Engine, Mailbox, Reader, Receiver, Side
from tests.support.held_jobs import Work, held_back


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    yield mailbox
    mailbox.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.close()


@pytest.fixture
def settings_overrides(mailbox: Mailbox) -> dict[str, object]:
    return {
        "encryption_keys": Fernet.generate_key().decode(),
        "scheduler_enabled": False,
        "smtp_url": f"smtp://127.0.0.1:{mailbox.port}",
        "smtp_from": "Tamra Mobile <offers@operator.example>",
        "smtp_starttls": False,
    }


@pytest.fixture(autouse=True)
def jobs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Hold jobs back until a test calls this: what it hands over itself is not handed over beside it."""
    return held_back(app, monkeypatch, hand_over_for_a_moment)


@pytest.fixture(params=["outbox", "webhook", "smtp", "log"])
def side(request: pytest.FixtureRequest, app: Flask, receiver: Receiver, mailbox: Mailbox) -> Side:
    sides: tuple[Side, ...] = (Engine(), receiver, mailbox, Reader())
    return next(side for side in sides if side.sender == request.param)
