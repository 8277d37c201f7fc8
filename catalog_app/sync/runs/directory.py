"""Tells the products of the external systems (products/systems.py): their names, and how old their copies are."""

from collections.abc import Sequence
from typing import Final

from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader, Rows, moment_of
from catalog_app.core.wiring import settings
from catalog_app.products.systems import SystemFacts
from catalog_app.sync.runs.standing import FAILED_OUTCOMES, OUTCOMES

# The same run that a standing calls the last one. A system that is switched off is meant to be left alone.
_FACTS: Final = """
    SELECT external_system.key, label, base_url, last_complete_at, run.id, run.status
    FROM external_system
    JOIN system_state ON system_state.key = external_system.key
    LEFT JOIN sync_run AS run ON enabled AND run.id = (
        SELECT id FROM sync_run
        WHERE sync_run.external_system = external_system.key AND status IN ({places})
            AND NOT dry_run AND started_at IS NOT NULL AND finished_at IS NOT NULL
        ORDER BY id DESC LIMIT 1
    )
    ORDER BY position, external_system.key
"""


class SyncedSystems:
    """Reads past the ORM: every list asks this, and needs six columns of some fifty."""

    def systems(self) -> Sequence[SystemFacts]:
        return [
            SystemFacts(
                key=key,
                label=label,
                has_address=bool(settings().source(key).base_url or url),
                last_complete_at=None if complete is None else moment_of(complete),
                failed_run=run if status in FAILED_OUTCOMES else None,
            )
            for key, label, url, complete, run, status in read_connections().read(_facts)
        ]


def _facts(reader: Reader) -> Rows:
    statuses = tuple(OUTCOMES)
    return reader.rows(_FACTS.format(places=", ".join([reader.place] * len(statuses))), statuses)
