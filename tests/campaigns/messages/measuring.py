"""A program that tries every hostile template and says what became of it, how long it took and how much it held.

It runs by itself, so that a hole ends it and not the tests: with a limit of memory and of time.
"""

import gc
import json
import resource
import sys
import time
import tracemalloc
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

from catalog_app.campaigns.messages import rendering
from catalog_app.campaigns.messages.context import context_of
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.promise import promise_of
from catalog_app.products.customers import CustomerFeatures
from tests.campaigns.messages.hostile import HOSTILE
from tests.products.factories import NOW, product

_MEMORY = 1024 * 1024 * 1024
_SECONDS = 100


@dataclass(frozen=True)
class Measured:
    """What became of one template: "refused" or the text, with what it took. `resident` is what the process grew by."""

    outcome: str
    text: str
    seconds: float
    peak_bytes: int
    resident_bytes: int


def measured(template: str, context: dict[str, Any]) -> Measured:
    """Return what a template comes to, read anew: its time without any measure of memory, then its memory."""
    before, started = _resident(), time.process_time()
    outcome, text = _outcome(template, context)
    seconds, after = time.process_time() - started, _resident()
    tracemalloc.start()
    _outcome(template, context)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Measured(outcome, text[:500], seconds, peak, after - before)


def _outcome(template: str, context: dict[str, Any]) -> tuple[str, str]:
    rendering._kept = rendering._Kept(rendering.MAX_CACHED)  # what is kept costs nothing, and would be measured as that
    try:
        return "text", rendering.compiled("email", {"subject": "a", "body": template}).render(context).parts["body"]
    except TemplateError as error:
        return "refused", str(error.message)


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def hostile_context() -> dict[str, Any]:
    """Return a context with texts as long as they can be, for what grows to grow from."""
    offered = product(
        id=7,
        name="{{ customer.msisdn }} {% raw %}",
        description="a" * 4_900,
        price="149.00",
        currency="SAR",
        features={"data_mb": 61440, "roaming_zones": ["EU", "US"]},
        version=1,
    )
    promise = promise_of(offered, {"valid_to": "2026-12-31"}, language="en", now=NOW)
    return context_of(promise, CustomerFeatures.of({"msisdn": "966500000001"}), SimpleNamespace(id=1, name="C"))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    context = hostile_context()
    measured("{{ product.name }}", context)
    # Looking through all that was imported is no work of a template, and would be counted as that of some of them.
    gc.collect()
    gc.freeze()
    json.dump({name: asdict(measured(template, context)) for name, template in HOSTILE.items()}, sys.stdout)


if __name__ == "__main__":
    main()
