"""The strict fetcher: one origin, no redirects, bounded in time, size and attempts."""

from http import HTTPStatus
from typing import Final

import structlog

from .address import AddressPolicy
from .deadline import Deadline
from .faults import BrokenAttemptError, FetchDeferredError, FetchFailedError
from .messages import Answer, FetchLimits, FetchRequest
from .origin import Origin
from .retry import Timing, backoff, retry_after

log = structlog.get_logger(__name__)

_RETRIED: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_REDIRECTS: Final = range(300, 400)


class StrictFetcher:
    """Fetches from one origin.

    Tries again only after 429, 5xx, timeouts and broken reads, with jitter and the server's own
    Retry-After. Raises FetchFailedError when a request has failed for good, FetchDeferredError when
    the server or the time left for the run says "later". Not for use from several threads at once.
    """

    def __init__(
        self,
        base_url: str,
        *,
        policy: AddressPolicy,
        limits: FetchLimits,
        timing: Timing,
        ca_file: str | None = None,
    ) -> None:
        self.origin = Origin.of(base_url)
        self.base_url = base_url.rstrip("/") + "/"
        self._limits = limits
        self._timing = timing
        self._deadline = Deadline(timing.monotonic)
        self._run = Deadline(timing.monotonic)
        self._run.start(limits.run_seconds)
        policy.check_host(self.origin.host)
        # Most processes never send anything; the first that does loads requests, which takes memory and time.
        from .sending import Sender  # noqa: PLC0415

        self._sender = Sender(self.origin, policy, self._deadline, ca_file)

    def close(self) -> None:
        self._sender.close()

    def fetch(self, request: FetchRequest) -> Answer:
        """Return the answer to the request, after as many attempts as it needs and may have."""
        attempt = 1
        while True:
            asked_to_wait = None
            try:
                answer, asked_to_wait = self._attempt(request, retries=attempt - 1)
                if not _is_retried(answer.status):
                    return _accepted(answer)
                what = f"it answered {answer.status}"
                says_later = answer.status == HTTPStatus.TOO_MANY_REQUESTS or asked_to_wait is not None
            except BrokenAttemptError as fault:
                what, says_later = fault.what, False
            if attempt >= self._limits.attempts:
                raise _exhausted(what, attempt, asked_to_wait, says_later=says_later)
            self._wait(what, attempt, asked_to_wait)
            attempt += 1

    def _wait(self, what: str, attempt: int, asked: float | None) -> None:
        pause = backoff(attempt, self._timing.jitter()) + (asked or 0.0)
        if pause >= self._time_left(what):
            raise FetchDeferredError(
                f"{what}, and the time left for this run is shorter than the wait", retry_after=asked
            )
        log.warning("request tried again", host=self.origin.host, reason=what, attempt=attempt, wait=round(pause, 2))
        self._timing.sleep(pause)

    def _time_left(self, what: str) -> float:
        try:
            return self._run.left()
        except TimeoutError:
            raise FetchDeferredError(f"{what}, and the time for this run is over") from None

    def _attempt(self, request: FetchRequest, *, retries: int) -> tuple[Answer, float | None]:
        seconds = min(self._limits.page_seconds, self._time_left("the request was not sent"))
        self._deadline.start(seconds)
        answer = self._sender.attempt(request, seconds, body_bytes=self._limits.body_bytes, retries=retries)
        return answer, retry_after(answer.headers.get("retry-after"), self._timing.now())


def _is_retried(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= _RETRIED


def _accepted(answer: Answer) -> Answer:
    if answer.is_success or answer.status == HTTPStatus.UNAUTHORIZED:
        return answer
    what = f"it answered {answer.status}"
    advice = "Check the base URL and the preset of this system"
    if answer.status in _REDIRECTS:
        what += ", a redirect, which is never followed"
        advice = "Enter the address that it leads to as the base URL, if you trust it"
    if answer.status == HTTPStatus.FORBIDDEN:
        advice = "Check what the credentials are allowed to read"
    raise FetchFailedError(what, advice, status=answer.status)


def _exhausted(
    what: str, attempts: int, asked: float | None, *, says_later: bool
) -> FetchFailedError | FetchDeferredError:
    what = f"{what} at attempt {attempts} of {attempts}"
    if says_later:
        return FetchDeferredError(what, retry_after=asked)
    return FetchFailedError(what, "Check that the system is up and can be reached from here")
