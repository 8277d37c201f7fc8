"""Tells the pages of the catalogue what waits in the sync (products/systems.py)."""

from flask import url_for

from catalog_app.products.systems import Waiting
from catalog_app.sync.runs.standing import waiting_count


class HeldRuns:
    """The runs whose plan is held until somebody decides."""

    def waiting(self) -> Waiting:
        return Waiting(waiting_count(), url_for("sync.index"))
