"""A job queue that works when the test says so."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.jobs import Job, JobQueue
from catalog_app.core.wiring import providers

Work = Callable[[], None]


def held_back(app: Flask, monkeypatch: pytest.MonkeyPatch, job: Job) -> Work:
    """Hold jobs back, and return what does them: a page must not depend on how fast the worker is."""
    waiting: list[int] = []
    with app.app_context():
        (queue,) = providers(JobQueue)
    monkeypatch.setattr(queue, "enqueue", lambda _name, row_id: waiting.append(row_id))

    def take_up() -> None:
        with app.app_context():
            while waiting:
                job(waiting.pop(0))
            db.session.remove()

    return take_up
