"""People at the pages of the sync, and a queue that works when the test says so."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.sync.models import SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import Browser
from tests.support.held_jobs import Work, held_back
from tests.support.people import signed_in_as

Sync = Callable[..., SyncRun]


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")


@pytest.fixture
def work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Work:
    return held_back(app, monkeypatch, ProductSyncService().execute)


@pytest.fixture
def sync(app: Flask) -> Sync:
    """Return a function that runs a sync of Xiva to its end."""

    def run(*, dry_run: bool = False) -> SyncRun:
        with app.app_context():
            ended = ProductSyncService().run("xiva", dry_run=dry_run)
            db.session.remove()
        return ended

    return run
