"""Requests to other people's systems: the strict fetcher and what it is made of."""

from .address import AddressPolicy
from .faults import FetchDeferredError, FetchFailedError
from .fetcher import StrictFetcher
from .messages import Answer, FetchLimits, FetchRequest
from .origin import Origin
from .posting import Poster, PostFailedError, asked_to_wait
from .retry import Timing

__all__ = [
    "AddressPolicy",
    "Answer",
    "FetchDeferredError",
    "FetchFailedError",
    "FetchLimits",
    "FetchRequest",
    "Origin",
    "PostFailedError",
    "Poster",
    "StrictFetcher",
    "Timing",
    "asked_to_wait",
]
