"""Many callers at the same moment: threads with sessions of their own, let go together."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import TypeVar

from flask import Flask

from catalog_app.core.db import db

T = TypeVar("T")


def together(app: Flask, tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run the tasks at once and return what each answered, in order; raise what one of them raised."""
    answers: list[T | None] = [None] * len(tasks)
    faults: list[BaseException] = []
    barrier = Barrier(len(tasks))

    def run(place: int, task: Callable[[], T]) -> None:
        with app.app_context():
            try:
                barrier.wait()
                answers[place] = task()
            except BaseException as fault:  # noqa: BLE001  # it is raised below, by the test itself
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return [answer for answer in answers if answer is not None]
