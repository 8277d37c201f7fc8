"""The settings of recommendations: read by everybody, changed by an admin, each fault beside its field."""

from typing import Any

from flask import Flask

from catalog_app.core.db import db
from catalog_app.recommendations.settings import document, settings_row
from tests.recommendations.pages.test_trying import plain
from tests.support.clients import Browser
from tests.support.html_forms import untouched_form

SETTINGS = "/admin/settings/recommendations/"


def stored(app: Flask) -> dict[str, Any]:
    with app.app_context():
        db.session.remove()
        return document(settings_row(db.session()))


def typed(admin: Browser) -> dict[str, Any]:
    """Return what the form sends before anybody has typed."""
    _, sent = untouched_form(admin.get(SETTINGS).text, holding="attribution_days")
    return dict(sent)


def test_contexts_with_weights_are_typed_row_by_row_and_kept(admin: Browser, app: Flask) -> None:
    form = typed(admin) | {"do": "add"}
    assert 'name="contexts-0-key"' in admin.post(SETTINGS, data=form).text
    form |= {"contexts-0-key": "bill_day", "contexts-0-label": "Bill day", "do": "weight-contexts-0"}
    assert 'name="contexts-0-weights-0-weight"' in admin.post(SETTINGS, data=form).text
    form |= {
        "do": "",
        "contexts-0-weights-0-kind": "bundle",
        "contexts-0-weights-0-weight": "1.2",
        "contexts-0-weights-1-kind": "category",
        "contexts-0-weights-1-named": "Roaming",
        "contexts-0-weights-1-weight": "0",
        "contexts-0-weights-2-kind": "product_id",
        "contexts-0-weights-2-named": "#7",
        "contexts-0-weights-2-weight": "3",
        "uniform": "5",
        "on": "y",
    }
    assert admin.post(SETTINGS, data=form).status_code == 303
    found = stored(app)
    weights = [
        {name: value for name, value in one.items() if value is not None} for one in found["contexts"][0]["weights"]
    ]
    assert weights == [
        {"product_type": "bundle", "weight": 1.2},
        {"category": "Roaming", "weight": 0},
        {"product_id": 7, "weight": 3},
    ]
    assert found["exploration"]["uniform"] == 0.05
    history = plain(admin.get("/admin/activity/?subject_type=nbo_settings").text)
    assert "Bill day (Bundle 1.2, Roaming 0, #7 3)" in history
    again = typed(admin) | {"do": "drop-contexts-0"}
    assert 'name="contexts-0-key"' not in admin.post(SETTINGS, data=again).text


def test_each_fault_stands_beside_its_field_and_nothing_is_saved(admin: Browser, app: Flask) -> None:
    before = stored(app)
    form = typed(admin) | {
        "attribution_days": "0",
        "uniform": "80",
        "train_at": "25:99",
        "contexts-0-key": "a",
        "contexts-0-label": "A",
        "contexts-0-weights-0-kind": "data",
        "contexts-0-weights-0-weight": "heavy",
        "contexts-1-key": "",
        "contexts-1-label": "B",
    }
    answer = admin.post(SETTINGS, data=form)
    assert answer.status_code == 422
    for field in ("attribution_days", "uniform", "train_at", "contexts-0-weights-0-weight", "contexts-1-key"):
        assert f'id="{field}-error"' in answer.text, field
    assert "Use a share from 0 to 50 %." in plain(answer.text)
    assert stored(app) == before


def test_a_change_of_somebody_else_is_not_overwritten_unseen(admin: Browser, app: Flask) -> None:
    form = typed(admin)
    assert admin.post(SETTINGS, data=form | {"decline_days": "60"}).status_code == 303
    answer = admin.post(SETTINGS, data=form | {"decline_days": "5"})
    assert answer.status_code == 409
    assert "changed these settings meanwhile" in plain(answer.text)
    assert stored(app)["decline_days"] == 60


def test_a_viewer_reads_them_and_may_not_change_them(viewer: Browser, app: Flask) -> None:
    said = plain(viewer.get(SETTINGS).text)
    assert "An admin changes these settings." in said
    assert "serves at once" in said
    assert viewer.send(SETTINGS, decline_days="5").status_code == 403
