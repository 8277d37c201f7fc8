"""How often one caller may ask: so many requests in any stretch of time of a given length, a window that moves along.

By default each process counts for itself, in memory: with four workers a caller may ask up to four times as often.
A storage that they share (Redis and others, through the library `limits`) makes the limit one.
"""

import math
import time
from http import HTTPStatus
from typing import Any, Final, cast

import structlog
from flask import Flask

from catalog_app.core.answers import Answer
from catalog_app.core.asked import Asked
from catalog_app.core.problem_answers import plain
from catalog_app.core.quotas import Counter, MemoryCounter, Quota, Rate
from catalog_app.settings import Settings, SettingsError

log = structlog.get_logger()

MEMORY: Final = "memory://"
OFF: Final = "off"
_EXTENSION: Final = "catalog-rate-limiter"
_WAITS: Final = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
_LEFT_ALONE: Final = 10.0
"""Seconds for which a storage that did not answer is not asked again."""


class StoredCounter:
    """Counts in a storage that several processes share. While it does not answer, nobody is refused.

    Nor does anybody wait for it: it is given half a second, and after that it is left alone for a while.
    """

    def __init__(self, rate: Rate, address: str) -> None:
        # These bring drivers and an asynchronous half along, which a worker that counts in memory should not carry.
        from limits import RateLimitItemPerSecond  # noqa: PLC0415
        from limits.errors import ConfigurationError, StorageError  # noqa: PLC0415
        from limits.storage import storage_from_string  # noqa: PLC0415
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

        try:
            # Other storages take these words otherwise, or not at all.
            waits = _WAITS if address.startswith("redis") else {}
            storage = cast("Any", storage_from_string(address, wrap_exceptions=True, **waits))
            self._window = MovingWindowRateLimiter(storage)
        except (ConfigurationError, NotImplementedError) as error:
            raise SettingsError(f"CATALOG_RATE_LIMIT_STORAGE cannot be used: {error}") from None
        self._failure = StorageError
        self._rate = rate
        self._asked_from = 0.0
        self._item = RateLimitItemPerSecond(rate.requests, rate.seconds)

    def hit(self, caller: str) -> Quota:
        if time.monotonic() < self._asked_from:
            return self._uncounted()
        try:
            refused = not self._window.hit(self._item, caller)
            stats = self._window.get_window_stats(self._item, caller)
        except self._failure as error:
            log.warning("rate limits not counted", kind=type(error.__cause__ or error).__name__)
            self._asked_from = time.monotonic() + _LEFT_ALONE
            return self._uncounted()
        return Quota(self._rate, max(0, stats.remaining), max(1, math.ceil(stats.reset_time - time.time())), refused)

    def _uncounted(self) -> Quota:
        return Quota(self._rate, self._rate.requests, self._rate.seconds)


class Limiter:
    """Counts each request of a program once, whoever asks first."""

    def __init__(self, counter: Counter | None) -> None:
        self._counter = counter

    def hit(self, asked: Asked) -> Quota | None:
        """Count this request for its caller, and return what the caller has left; None where nothing is limited."""
        if self._counter is None:
            return None
        if asked.quota is None:
            asked.quota = self._counter.hit(asked.caller)
        return asked.quota


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions[_EXTENSION] = Limiter(_counter(settings))


def limiter_of(app: Flask) -> Limiter:
    """Return what counts requests in this application."""
    return cast("Limiter", app.extensions[_EXTENSION])


def too_many(quota: Quota, request_id: str) -> Answer:
    """Return the answer to a request that came too often."""
    rate = quota.rate
    detail = f"That was too often: this token may ask {rate.requests} times in {rate.seconds} seconds. Try again later."
    headers = (("Retry-After", str(quota.reset)),)
    return plain(HTTPStatus.TOO_MANY_REQUESTS, detail, request_id=request_id, headers=headers)


def _counter(settings: Settings) -> Counter | None:
    if settings.rate_limit == OFF:
        return None
    rate, storage = Rate.of(settings.rate_limit), settings.rate_limit_storage.get_secret_value()
    return MemoryCounter(rate) if storage == MEMORY else StoredCounter(rate, storage)
