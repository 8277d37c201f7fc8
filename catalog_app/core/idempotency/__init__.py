"""The same POST sent twice is done once: an Idempotency-Key names it, and the first answer is given again."""

from catalog_app.core.idempotency.hooks import init_app
from catalog_app.core.idempotency.keeping import KEPT_FOR, purge

__all__ = ("KEPT_FOR", "init_app", "purge")
