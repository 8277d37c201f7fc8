"""Requests to other people's systems: the strict fetcher and what it is made of."""

from .address import AddressPolicy
from .faults import FetchDeferredError, FetchFailedError
from .fetcher import Answer, FetchLimits, FetchRequest, StrictFetcher
from .origin import Origin
from .retry import Timing

__all__ = [
    "AddressPolicy",
    "Answer",
    "FetchDeferredError",
    "FetchFailedError",
    "FetchLimits",
    "FetchRequest",
    "Origin",
    "StrictFetcher",
    "Timing",
]
