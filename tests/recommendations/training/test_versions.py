"""Which model serves is one number: put in place, taken back, replaced where its bytes are damaged, the same everywhere."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.core.read_connections import read_connections
from catalog_app.events.service import revisions_of
from catalog_app.recommendations.models import ModelVersion
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training import versions
from catalog_app.recommendations.training.live import LiveModel, live
from catalog_app.recommendations.training.versions import SUBJECT, ModelService
from tests.recommendations.training.streams import told_stream, trained
from tests.support.api import Program

LINA = "user:lina@operator.example"


@pytest.fixture
def three(app: Flask) -> Iterator[tuple[int, int, int]]:
    """Return three versions, of which the last serves."""
    told_stream(150)
    first, second, third = (trained().model_version for _ in range(3))
    assert first
    assert second
    assert third
    yield first, second, third
    db.session.remove()


def serving() -> LiveModel | None:
    """Return the model that a decision of this process would use now."""
    db.session.remove()
    number = settings_row(db.session()).active_model
    db.session.remove()
    return read_connections().read(lambda reader: live(reader, number))


def statuses() -> list[str]:
    db.session.remove()
    return list(db.session().scalars(select(ModelVersion.status).order_by(ModelVersion.version)))


def overwrite(version: int, content: bytes) -> None:
    with writing() as session:
        session.execute(update(ModelVersion).where(ModelVersion.version == version).values(artefact=content))


def artefact(version: int) -> bytes:
    db.session.remove()
    return db.session().execute(select(ModelVersion.artefact).where(ModelVersion.version == version)).scalar_one()


def test_a_roll_back_leads_to_the_one_before_and_further_back_each_time(three: tuple[int, int, int]) -> None:
    first, second, third = three
    assert statuses() == ["former", "former", "active"]
    model = serving()
    assert model is not None
    assert model.version == third

    assert ModelService().roll_back(actor=LINA).version == second
    assert ModelService().roll_back(actor=LINA).version == first
    assert statuses() == ["active", "candidate", "candidate"]
    with pytest.raises(ConflictError):
        ModelService().roll_back(actor=LINA)

    model = serving()
    assert model is not None
    assert model.version == first
    (told,) = revisions_of(db.session(), SUBJECT, second)[:1]
    assert (told.action, told.actor, told.changes) == ("rolled back", LINA, {"active_model": [third, second]})


def test_any_sound_version_can_be_put_in_place_by_hand(three: tuple[int, int, int], keeper: Program) -> None:
    first, _, third = three

    answer = keeper.post(f"/nbo/models/{first}/activate")

    assert (answer.status_code, answer.json["status"], answer.json["activated_by"]) == (200, "active", "token:keeper")
    assert statuses() == ["active", "former", "former"]
    assert keeper.post("/nbo/models/rollback/").json["version"] == third
    assert keeper.post("/nbo/models/99/activate/").status_code == 404
    with pytest.raises(NotFoundError):
        ModelService().activate(99, actor=LINA)


def test_a_damaged_model_is_refused_and_the_former_one_serves_everywhere(three: tuple[int, int, int]) -> None:
    first, second, third = three
    whole = artefact(third)
    middle = len(whole) // 2
    overwrite(third, whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])

    model = serving()

    assert model is not None
    assert model.version == second
    assert statuses() == ["former", "active", "damaged"]
    assert settings_row(db.session()).active_model == second
    # A request that read the number before still gets one that is whole.
    late = read_connections().read(lambda reader: live(reader, third))
    assert late is not None
    assert late.version == second
    with pytest.raises(ConflictError, match="damaged"):
        ModelService().activate(third, actor=LINA)

    overwrite(first, artefact(first)[:-9])
    with pytest.raises(ConflictError, match="damaged"):
        ModelService().activate(first, actor=LINA)


def test_where_every_model_is_damaged_none_serves(three: tuple[int, int, int]) -> None:
    for number in three:
        overwrite(number, b"nothing")

    assert serving() is None
    assert statuses() == ["damaged"] * 3
    assert settings_row(db.session()).active_model is None


def test_old_versions_go_and_what_serves_or_served_last_stays(
    three: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, third = three
    monkeypatch.setattr(versions, "KEPT_VERSIONS", 1)
    ModelService().activate(first, actor=LINA)

    newest = trained().model_version

    kept = db.session().execute(select(func.count()).select_from(ModelVersion)).scalar_one()
    assert newest is not None
    assert kept == 2
    active, before = ModelService().active(), ModelService().former()
    assert active is not None
    assert before is not None
    assert (active.version, before.version) == (newest, first)
    assert third not in (newest, first)
