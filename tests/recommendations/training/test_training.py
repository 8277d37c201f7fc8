"""A training ends with a model that serves, one that waits with its reason, or the reason why there is none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from catalog_app.app import create_app
from catalog_app.core.babel import in_words
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.recommendations.models import Training
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training import progress
from catalog_app.recommendations.training.figures import LearningFigures
from catalog_app.recommendations.training.lease import take
from catalog_app.recommendations.training.nightly import queue_if_due
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.recommendations.training.states import found_training
from catalog_app.recommendations.training.versions import ModelService
from catalog_app.recommendations.training.working import work_on
from catalog_app.settings import Settings
from tests.recommendations.feedback.told import event, products, tell
from tests.recommendations.training.streams import stream, told_stream, trained
from tests.support.api import Program
from tests.support.databases import PostgresDatabase, SqliteTemplate, plain_settings
from tests.support.held_jobs import held_back


def change(**values: object) -> None:
    with writing() as session:
        row = settings_row(session)
        for name, value in values.items():
            setattr(row, name, value)


def test_what_was_told_becomes_a_model_that_serves_and_says_what_it_rests_on(app: Flask) -> None:
    told_stream(600)

    training = trained()

    model = ModelService().active()
    assert model is not None
    assert (training.status, training.model_version, training.step) == ("finished", model.version, None)
    assert (model.status, model.basis, model.products) == ("active", "full", 3)
    assert model.trained_by == "user:lina@operator.example"
    assert model.customers == 600
    assert model.metrics["auc"] > 0.6
    assert settings_row(db.session()).active_model == model.version
    db.session().expire_all()
    assert (training.outcome or "").startswith("Model 1: It holds: AUC ")
    with force_locale("ar"):
        assert in_words(training.outcome or "").startswith("النموذج 1: ")
        assert "اجتاز الفحص" in in_words(training.outcome or "")
    told = {(one.name, one.labels.get("status")): one.value for one in LearningFigures().samples()}
    assert told["catalog_nbo_model_version", None] == model.version
    assert 0 <= told["catalog_nbo_model_age_seconds", None] < 60
    assert told["catalog_nbo_trainings", "finished"] == 1


def test_too_little_is_said_in_words_and_leaves_no_model(app: Flask) -> None:
    nothing = trained()
    (product,) = products(1)
    tell(*(event(number, product, "accepted", customer_id=f"C-{number}") for number in range(9)))

    little = trained()
    tell(*(event(number, product, "accepted", customer_id=f"C-{number}") for number in range(9, 12)))
    all_accepted = trained()

    assert (nothing.status, nothing.model_version) == ("finished", None)
    assert (little.status, little.model_version) == ("finished", None)
    assert little.outcome is not None
    assert "9 customers hold something" in little.outcome
    assert "9 offers were accepted, and ranking by how often takes 10" in little.outcome
    assert all_accepted.model_version is None
    assert all_accepted.outcome is not None
    assert "12 offers were accepted and only 0 were not" in all_accepted.outcome


def test_where_new_models_do_not_serve_by_themselves_they_wait_with_the_reason(app: Flask) -> None:
    told_stream(150)
    change(promote=False)

    training = trained()

    assert training.model_version is not None
    model = ModelService().get(training.model_version)
    assert (model.status, ModelService().active()) == ("candidate", None)
    assert model.reason is not None
    assert "settings" in model.reason


def test_what_is_told_of_one_moment_is_checked_on_every_fifth_offer(app: Flask) -> None:
    numbers, moment = products(3), utcnow()
    told = [{**one, "occurred_at": moment.isoformat()} for one in stream(numbers, 600)]
    tell(*told[:900])

    trained()

    model = ModelService().active()
    assert model is not None
    assert model.reason is not None
    assert "every fifth offer" in model.reason
    assert model.metrics["rows"] == 120
    assert model.metrics["auc"] > 0.6


def test_only_what_happened_before_a_moment_is_learned_from(app: Flask) -> None:
    told_stream(300)
    middle = datetime(2021, 3, 1, 12, tzinfo=UTC) + timedelta(hours=150)

    training = trained(until=middle)

    assert training.model_version is not None
    model = ModelService().get(training.model_version)
    assert model.impressions <= 150
    assert model.data_until is not None
    assert model.data_until <= middle


def test_the_same_history_gives_the_same_bytes_on_both_databases(
    sqlite_template: SqliteTemplate, postgres: PostgresDatabase, tmp_path: Path
) -> None:
    digests = []
    for url in (sqlite_template.copy_to(tmp_path), postgres.empty()):
        app = create_app(Settings.model_validate(plain_settings(url, tmp_path)))
        with app.app_context():
            told_stream(300)
            digests += [
                ModelService().get(number).sha256 for number in (trained().model_version for _ in range(2)) if number
            ]
            db.session.remove()
            db.engine.dispose()

    assert len(digests) == 4
    assert len(set(digests)) == 1


def test_one_training_runs_at_a_time_and_one_that_waits_for_the_same_is_the_same(app: Flask) -> None:
    service, now = TrainingService(), utcnow()
    first = service.request(actor="tests", enqueue=False)
    assert service.request(actor="tests", enqueue=False).id == first.id
    other = service.request(until=now, actor="tests", enqueue=False)
    with writing() as session:
        running = found_training(session, first.id, for_change=True)
        running.status = "running"
        take(running, now=now)

    assert service.run_now(other.id).status == "queued"
    running_now = service.going_on()
    assert running_now is not None
    assert running_now.id == first.id
    assert service.cancel(other.id, actor="tests").status == "cancelled"
    with pytest.raises(ConflictError):
        service.cancel(other.id, actor="tests")


@pytest.mark.parametrize("during", [progress.CHECKING, progress.SAVING])
def test_one_that_is_cancelled_while_it_runs_ends_with_its_step(
    app: Flask, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    told_stream(150)
    service, seen = TrainingService(), []
    training = service.request(actor="tests", enqueue=False)
    note = progress.note

    def noting(claim: object, step: str) -> None:
        note(claim, step)  # type: ignore[arg-type]  # it is passed on as it came
        seen.append(step)
        if step == during:
            service.cancel(training.id, actor="tests")

    monkeypatch.setattr(progress, "note", noting)
    work_on(training.id)

    assert seen[-1] == during
    assert (service.get(training.id).status, ModelService().active()) == ("cancelled", None)


def test_each_night_there_is_one_training_if_something_new_was_told(app: Flask) -> None:
    tonight = datetime(2026, 5, 4, 3, 10, tzinfo=UTC)
    (product,) = products(1)

    def queued(now: datetime) -> int:
        queue_if_due(now)
        db.session.remove()
        return len(db.session().scalars(select(Training.id)).all())

    assert queued(tonight) == 0, "nothing was told"
    tell(event(1, product), now=tonight - timedelta(hours=5))
    assert queued(tonight - timedelta(minutes=1)) == 0
    assert queued(tonight + timedelta(minutes=1)) == 1
    assert queued(tonight + timedelta(minutes=2)) == 1
    assert queued(tonight + timedelta(days=1)) == 1, "nothing new was told"
    tell(event(2, product), now=tonight + timedelta(hours=9))
    assert queued(tonight + timedelta(hours=12)) == 1, "too late for this night"
    assert queued(tonight + timedelta(days=1, minutes=1)) == 2
    change(train_nightly=False)
    tell(event(3, product), now=tonight + timedelta(days=1, hours=9))
    assert queued(tonight + timedelta(days=2, minutes=1)) == 2


def test_a_program_asks_for_a_training_follows_it_and_reads_the_model(
    app: Flask, keeper: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_stream(150)
    take_up = held_back(app, monkeypatch, work_on)

    asked = keeper.post("/nbo/train", {})
    take_up()

    assert (asked.status_code, asked.json["status"], asked.json["until"]) == (202, "queued", None)
    followed = keeper.get(asked.headers["Location"]).json
    assert (followed["status"], followed["requested_by"]) == ("finished", "token:keeper")
    assert keeper.get("/nbo/trainings/").json["results"] == [followed]
    model = keeper.get(f"/nbo/models/{followed['model_version']}/").json
    assert (model["status"], model["basis"], model["settings"]["attribution_days"]) == ("active", "accept_rate", 14)
    (listed,) = keeper.get("/nbo/models/").json["results"]
    assert listed == {name: value for name, value in model.items() if name not in ("settings", "metrics")}
    assert keeper.post("/nbo/train", {"until": "yesterday"}).status_code == 422
    assert keeper.get("/nbo/models/99/").status_code == 404
