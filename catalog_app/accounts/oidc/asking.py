"""Requests to the provider: by the strict fetcher, under the same rules as everything else that we ask."""

import time
from typing import Any, Final

from catalog_app.accounts.oidc.faults import away
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import FatalError, RetriableError
from catalog_app.core.http import AddressPolicy, FetchLimits, FetchRequest, StrictFetcher, Timing
from catalog_app.core.strict_json import StrictJsonError, decode
from catalog_app.settings import Settings

# A person waits, and so does the only thread of a worker: one try, and a short one.
_LIMITS: Final = FetchLimits(attempts=1, page_seconds=5, run_seconds=5, body_bytes=1024 * 1024)


def ask(request: FetchRequest, given: Settings) -> dict[str, Any]:
    """Return the JSON object that an address of the provider answers; raise ProviderAwayError, saying what was asked."""
    what = f"{request.method} {request.url.partition('?')[0]}"
    bundle = given.oidc.ca_bundle if given.oidc else None
    policy = AddressPolicy(allow_loopback=given.allow_loopback_sources)
    timing = Timing(now=utcnow, monotonic=time.monotonic, sleep=time.sleep)
    try:
        fetcher = StrictFetcher(
            request.url, policy=policy, limits=_LIMITS, timing=timing, ca_file=str(bundle) if bundle else None
        )
        try:
            answer = fetcher.fetch(request)
        finally:
            fetcher.close()
        if not answer.is_success:
            raise away(f"{what} answered {answer.status}: check the client id and the client secret")
        said = decode(answer.body)
    except (FatalError, RetriableError, StrictJsonError) as fault:
        raise away(f"{what}: {fault}") from None
    if not isinstance(said, dict):
        raise away(f"{what} answered something else than an object")
    return said
