"""One message handed to one address, once: no redirect, no retry, and nothing of the answer but its head."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Self

from .address import AddressPolicy
from .deadline import Deadline
from .faults import BrokenAttemptError, FetchFailedError
from .messages import Answer, FetchRequest
from .origin import Origin
from .retry import retry_after


class PostFailedError(Exception):
    """The message did not arrive, or nobody knows; `what` says why, and quotes nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Poster:
    """Posts to one URL, under the same rules as everything else that is sent. Not for several threads at once.

    Raises FetchFailedError for an address that is none, or that the policy does not allow.
    """

    def __init__(self, url: str, *, policy: AddressPolicy, seconds: float, monotonic: Callable[[], float]) -> None:
        self._url = url
        self._seconds = seconds
        self._deadline = Deadline(monotonic)
        origin = Origin.of(url)
        policy.check_host(origin.host)
        # Most processes never send anything; the first that does loads requests, which takes memory and time.
        from .sending import Sender  # noqa: PLC0415

        self._sender = Sender(origin, policy, self._deadline, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._sender.close()

    def post(self, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the head of the answer, whatever its status; raise PostFailedError where there was none."""
        request = FetchRequest("POST", self._url, headers=headers, content=content)
        self._deadline.start(self._seconds)
        try:
            return self._sender.attempt(request, self._seconds, body_bytes=0, retries=0)
        except (BrokenAttemptError, FetchFailedError) as fault:
            raise PostFailedError(fault.what) from None


def asked_to_wait(answer: Answer, now: datetime) -> float | None:
    """Return the seconds that the other side asks us to wait before the next try; None if it says nothing usable."""
    return retry_after(answer.headers.get("retry-after"), now)
