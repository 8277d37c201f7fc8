"""Conflicts of a run, settled on its page: one field, one product, or all of them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.moments import figure
from catalog_app.sync.runs.settling import CHOICES, open_in_run, settle
from catalog_app.sync.views.blueprint import bp, syncs
from catalog_app.sync.views.run import MAX_ID, run_page

ALL = "all"


@bp.post("/runs/<int:run_id>/settle")
@requires_role("editor")
def settle_conflicts(run_id: int) -> ResponseReturnValue:
    """Keep ours or take theirs: of the field named, of all fields of a product, or of everything that still waits."""
    run = syncs().get(run_id)
    choice = next((one for one in CHOICES if one == request.form.get("choice")), None)
    if choice is None:
        abort(HTTPStatus.BAD_REQUEST, gettext("Say whether to keep or to take."))
    waiting = open_in_run(db.session(), run.id)
    settled = settle(_chosen(waiting), choice, actor=actor())
    if settled.fields:
        kept = ngettext("%(count)s conflict settled: yours stays.", "%(count)s conflicts settled: yours stay.",
                        settled.fields, count=figure(settled.fields))  # fmt: skip
        taken = ngettext("%(count)s conflict settled: theirs is taken.", "%(count)s conflicts settled: theirs are taken.",
                         settled.fields, count=figure(settled.fields))  # fmt: skip
        flash(kept if choice == "keep" else taken, "good")
    if request.form.get("target") == ALL and settled.fields and open_in_run(db.session(), run.id):
        flash(gettext("More conflicts of this run wait: settle them in the same way."), "warn")
    for sentence in settled.refused:
        flash(sentence, "bad")
    if not settled.fields and not settled.refused:
        flash(gettext("Nothing was left to settle: somebody did it meanwhile."), "warn")
    if wants_fragment():
        shown = run_page(run_id, kind="conflict", after=_after())
        return shown.get_data(as_text=True) + render_template("sync/_toasts.html")
    return redirect(
        url_for("sync.run", run_id=run_id, kind="conflict", after=_after() or None, _anchor="changes"),
        HTTPStatus.SEE_OTHER,
    )


def _chosen(waiting: Mapping[int, Sequence[str]]) -> dict[int, Sequence[str]]:
    """Return what of the waiting conflicts is meant; a field that no longer waits is passed over."""
    if request.form.get("target") == ALL:
        return dict(waiting)
    product_id, field = request.form.get("product", type=int), request.form.get("field")
    fields = waiting.get(product_id or 0, ())
    wanted = tuple(name for name in fields if not field or name == field)
    return {product_id: wanted} if product_id and wanted else {}


def _after() -> int:
    return min(max(request.form.get("after", default=0, type=int) or 0, 0), MAX_ID)
