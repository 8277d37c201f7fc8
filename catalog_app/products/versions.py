"""Two people changed one product: what each of them says, field by field, so that nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_app.core.json_values import as_json
from catalog_app.events.diffs import BOOKKEEPING, label_of, said
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, ProductInput


@dataclass(frozen=True)
class Difference:
    """One field that stands otherwise than what was just typed. `theirs_first`: only they changed it."""

    field: str
    label: str
    mine: str
    theirs: str
    theirs_first: bool


def differences(product: Product, mine: ProductInput, since: Sequence[Revision]) -> list[Difference]:
    """Return the fields in which `mine` and the product differ; `since` is what happened after mine was opened.

    A field that I left as it was when I opened it is suggested to stay theirs, every other one to become mine.
    """
    typed = mine.values()
    found = []
    for field in FIELDS:
        now, wanted = as_json(getattr(product, field)), as_json(typed[field])
        if now == wanted or field in BOOKKEEPING:
            continue
        found.append(
            Difference(
                field=field,
                label=label_of(field),
                mine=said(field, wanted, mine.currency),
                theirs=said(field, now, product.currency),
                theirs_first=_before(field, since) == (wanted,),
            )
        )
    return found


def _before(field: str, since: Sequence[Revision]) -> tuple[Any, ...]:
    """Return what a field said before the oldest of these revisions that changed it, in a tuple; else nothing."""
    changes: list[Mapping[str, Any]] = [revision.changes for revision in sorted(since, key=lambda one: one.id)]
    return next(((change[field][0],) for change in changes if field in change), ())
