"""The activity page: who changed what."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.activity import activity_page
from catalog_app.events.asking import ACTOR_KINDS, asked, chips, field_choices, number_asked
from catalog_app.events.links import page_of
from catalog_app.events.rows import change_rows
from catalog_app.events.words import ACTIONS, SUBJECTS, system_names

bp = Blueprint("events", __name__, url_prefix="/admin/activity")

CHANGES_A_PAGE = 30
FIELDS_SHOWN = 4


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    fields, systems = field_choices(), system_names()
    here = asked(fields, systems)
    page = activity_page(
        db.session(),
        here.wanted,
        before_id=number_asked("before"),
        after_id=number_asked("after"),
        limit=CHANGES_A_PAGE,
    )
    return render_template(
        "events/_index.html" if wants_fragment() else "events/index.html",
        rows=change_rows(page.revisions),
        revisions=page.revisions,
        asked=here,
        chips=chips(here, fields, systems),
        kinds=ACTOR_KINDS,
        subjects=SUBJECTS,
        actions=ACTIONS,
        fields=fields,
        systems=systems,
        shown_fields=FIELDS_SHOWN,
        plans_url=page_of("edit_plans", 0, ""),
        newer=here.url(after=page.newer) if page.newer else None,
        older=here.url(before=page.older) if page.older else None,
    )
