"""Models are looked at by everybody, and put in place, taken back and trained by an approver."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.recommendations.models import FAILED, ModelVersion, Training
from catalog_app.recommendations.settings import settings_row
from scripts.story_models import Models
from tests.campaigns.factories import offered
from tests.recommendations.pages.test_trying import plain
from tests.support.clients import Browser
from tests.support.people import HTMX

MODELS = "/admin/recommendations/models/"


def in_use(app: Flask) -> int | None:
    with app.app_context():
        db.session.remove()
        return settings_row(db.session()).active_model


def reason_of(app: Flask, version: int) -> str:
    """Return what the check said; what the story's exploration drew decides whether it held."""
    with app.app_context():
        db.session.remove()
        return str(db.session.get_one(ModelVersion, version).reason)


def test_a_model_shows_its_worth_with_charts_that_have_tables(viewer: Browser, told: Models, app: Flask) -> None:
    listed = plain(viewer.get(MODELS).text)
    assert "Versions 2" in listed
    assert f"Model {told.model}" in listed
    html = viewer.get(f"{MODELS}{told.model}").text
    said = plain(html)

    assert plain(reason_of(app, told.model)) in said
    assert (
        html.count("<circle") == html.partition("Calibration</caption>")[2].partition("</table>")[0].count("<tr>") - 1
    )
    assert html.count('<rect class="chart-bar') == 10
    assert "Data used percent every product +" in said
    assert "Activate" not in said
    assert viewer.get(f"{MODELS}999").status_code == 404


def test_activating_says_what_changes_and_rolling_back_can_be_undone(
    approver: Browser, told: Models, app: Flask
) -> None:
    asked = plain(approver.get(f"{MODELS}{told.other_model}/activate", headers=HTMX).text)
    assert f"Model {told.model} decides now. From the next decision on it is model {told.other_model}" in asked

    approver.send(f"{MODELS}{told.other_model}/activate")
    assert in_use(app) == told.other_model
    page = approver.get(f"{MODELS}{told.other_model}").text
    undo = re.search(
        r'action="([^"]+)"><input[^>]+>\s*<button[^>]+>[^<]*<span class="btn-text"><span class="btn-label">Undo', page
    )
    assert undo is not None
    approver.send(undo[1])
    assert in_use(app) == told.model

    answer = approver.send(f"{MODELS}roll-back")
    assert answer.status_code == 303
    assert in_use(app) == told.other_model
    assert f"Rolled back: model {told.other_model} decides again." in approver.get(MODELS).text
    assert "Taken back by hand." in approver.get(f"{MODELS}{told.model}").text
    approver.send(f"{MODELS}{told.model}/activate")
    assert "Taken back by hand." not in approver.get(f"{MODELS}{told.model}").text


def test_an_editor_looks_and_changes_no_model(editor: Browser, told: Models, app: Flask) -> None:
    before = in_use(app)
    for path in ("models/1/activate", "models/roll-back", "train", "trainings/1/cancel"):
        assert editor.send(f"/admin/recommendations/{path}").status_code == 403
    assert in_use(app) == before


def test_a_training_is_asked_for_followed_and_cancelled(
    approver: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for queue in providers(JobQueue):
            monkeypatch.setattr(queue, "enqueue", lambda *_: None)
    assert "No model was trained yet" in approver.get(MODELS).text
    approver.send("/admin/recommendations/train")
    page = approver.get(MODELS).text
    assert 'hx-trigger="every 1s"' in page
    assert "Waiting to start" in page
    assert "A training is under way" in approver.get("/admin/recommendations/train", headers=HTMX).text
    assert "HX-Refresh" not in approver.get("/admin/recommendations/trainings/1", headers=HTMX).headers
    approver.send("/admin/recommendations/train")
    assert "Training 2" not in approver.get(MODELS).text
    approver.send("/admin/recommendations/trainings/1/cancel")
    ended = approver.get("/admin/recommendations/trainings/1", headers=HTMX)
    assert "Cancelled by hand" in ended.text
    assert "hx-trigger" not in ended.text
    assert ended.headers["HX-Refresh"] == "true"


def test_a_failed_training_says_why_where_it_is_looked_for(viewer: Browser, app: Flask) -> None:
    offered()
    with app.app_context():
        now = utcnow()
        failed = Training(
            requested_by="cli", requested_at=now, finished_at=now, status=FAILED, outcome="The log has the rest."
        )
        db.session.add(failed)
        db.session.commit()
        number = failed.id
        db.session.remove()
    assert "The last training failed The log has the rest." in plain(viewer.get(MODELS).text)
    overview = viewer.get("/admin/").text
    assert "The last training failed" in overview
    assert f"/admin/recommendations/trainings/{number}" in overview


def test_an_old_model_is_told_on_its_page_and_on_the_overview(viewer: Browser, told: Models, app: Flask) -> None:
    with app.app_context():
        model = db.session.get_one(ModelVersion, told.model)
        model.trained_at -= timedelta(days=40)
        db.session.commit()
        db.session.remove()
    assert "The model in use is old" in viewer.get(MODELS).text
    assert "This model is old" in viewer.get("/admin/recommendations/").text
    assert f"Model {told.model} is 40 days old" in viewer.get("/admin/").text
