"""Garbage is looked for less often while tests run.

Each test makes an application and throws it away, so that Python would look through all that there is after every few
tests: modules, thousands of collected tests, what SQLAlchemy and pydantic have built. That took a third of the time.
What was there before the first test is never looked at again, and the rest a seventieth as often.
"""

import gc

_MANY = 50_000


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    _, second, third = gc.get_threshold()
    gc.set_threshold(_MANY, second, third)
