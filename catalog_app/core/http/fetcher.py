"""The strict fetcher: one origin, no redirects, bounded in time, size and attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import requests
import structlog
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from .address import AddressPolicy
from .body import ACCEPTED_ENCODINGS, MAX_BODY_BYTES, read_body
from .deadline import Deadline
from .failure import is_untrusted, reason
from .faults import BrokenAttemptError, FetchDeferredError, FetchFailedError
from .origin import Origin
from .retry import Timing, backoff, retry_after
from .transport import Gate, GatedAdapter

log = structlog.get_logger(__name__)

_RETRIED: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_REDIRECTS: Final = range(300, 400)
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED_ENCODINGS,
    "User-Agent": "product-catalog",
}


@dataclass(frozen=True)
class FetchLimits:
    """`page_seconds` bounds one attempt from connecting to the last byte, `run_seconds` everything together."""

    attempts: int = 4
    page_seconds: float = 60
    run_seconds: float = 3600
    body_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True)
class FetchRequest:
    """What is asked; its parameters, headers and body may hold secrets and stay out of every text."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """A complete answer with a status of 2xx or 401; `received` counts bytes on the wire."""

    status: int
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received: int
    retries: int


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
        gate = Gate(self.origin.host, self.origin.port, policy, self._deadline)
        policy.check_host(self.origin.host)
        self._adapter = GatedAdapter(gate)
        self._verify = ca_file or True

    def close(self) -> None:
        self._adapter.close()

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
        try:
            response = self._send(request, seconds)
            try:
                body, received = b"", 0
                if _is_success(response.status_code):
                    body, received = read_body(
                        response.raw, response.headers.get("Content-Encoding", ""), limit=self._limits.body_bytes
                    )
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError, ValueError) as fault:
            # The originals quote URLs, headers and bodies; what happened is said in our own words.
            if is_untrusted(fault):
                raise FetchFailedError(
                    "its TLS certificate is not trusted", "Check the certificate of the system and its authority"
                ) from None
            raise BrokenAttemptError(reason(fault, seconds)) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_framed = "content-length" in headers or "transfer-encoding" in headers
        if not (body or is_framed) and _is_success(response.status_code):
            # A connection that closes within the head looks just like an answer without a body.
            raise BrokenAttemptError("the answer was cut short")
        answer = Answer(response.status_code, request.url, headers, body, received, retries)
        return answer, retry_after(headers.get("retry-after"), self._timing.now())

    def _send(self, request: FetchRequest, seconds: float) -> requests.Response:
        prepared = requests.Request(
            request.method,
            self.origin.checked(request.url),
            params=dict(request.params),
            headers={**_HEADERS, **request.headers},
            json=request.json,
            data=dict(request.form) if request.form is not None else None,
            auth=request.auth,
        ).prepare()
        # The URL that counts is the one that is connected to, after requests has had its way with it.
        self.origin.check(parse_url(prepared.url or ""))
        return self._adapter.send(prepared, stream=True, timeout=seconds, verify=self._verify)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _is_retried(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= _RETRIED


def _accepted(answer: Answer) -> Answer:
    if _is_success(answer.status) or answer.status == HTTPStatus.UNAUTHORIZED:
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
