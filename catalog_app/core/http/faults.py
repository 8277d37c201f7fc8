"""What a request can end with, besides an answer."""

from catalog_app.core.errors import FatalError, RetriableError


class FetchFailedError(FatalError):
    """A request failed for good: `what` happened and, in `advice`, what an operator can do about it.

    Neither ever quotes a query, a header or a body, so neither can carry a secret. `status` is the
    answer's, where there was one.
    """

    def __init__(self, what: str, advice: str, *, status: int | None = None) -> None:
        super().__init__(f"{what}. {advice}")
        self.what = what
        self.advice = advice
        self.status = status


class FetchDeferredError(RetriableError):
    """The other side, or the time that is left, asks for another try later."""

    def __init__(self, what: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{what}. It is tried again later", retry_after=retry_after)
        self.what = what


class BrokenAttemptError(Exception):
    """One attempt failed in a way that the next one may not."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
