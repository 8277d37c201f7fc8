"""The command `nbo`, as scripts rely on it."""

from typing import Any

import orjson
import pytest
from click.testing import Result
from flask import Flask

from catalog_app.core.db import db
from catalog_app.recommendations.models import ACTIVE, FORMER, ModelVersion
from catalog_app.recommendations.training.versions import ModelService
from tests.recommendations.batches.serving import learned, serve
from tests.recommendations.feedback.told import products


def run(app: Flask, *arguments: Any) -> Result:
    return app.test_cli_runner().invoke(args=["nbo", *map(str, arguments)])


@pytest.fixture
def versions(app: Flask) -> list[int]:
    """Put two models in place, one after the other, and return their versions."""
    model = learned(products(3), shown=300)
    made = [serve(model), serve(model)]
    first = db.session().get_one(ModelVersion, made[0])
    first.status, first.activated_at = FORMER, first.trained_at
    db.session().commit()
    return made


def test_models_are_listed_put_in_place_and_taken_back(app: Flask, versions: list[int]) -> None:
    former, present = versions
    listed = [line.split("\t")[:3] for line in run(app, "models").stdout.splitlines()]
    assert listed == [[str(present), ACTIVE, "full"], [str(former), FORMER, "full"]]
    assert run(app, "activate", former).exit_code == 0
    assert _serving() == former
    assert f"Model {present} (full) serves." in run(app, "rollback").stderr
    assert _serving() == present
    assert run(app, "activate", 99).exit_code == 1
    assert _serving() == present


def test_a_training_tells_what_came_of_it(app: Flask) -> None:
    done = run(app, "train", "--until", "2026-01-01T00:00:00Z", "--json")
    assert done.exit_code in (0, 1), (done.output, done.exception)
    document = orjson.loads(done.stdout)
    assert (document["requested_by"], document["until"], document["model_version"]) == (
        "cli",
        "2026-01-01T00:00:00Z",
        None,
    )
    assert document["outcome"] in done.stderr
    assert run(app, "train", "--until", "yesterday").exit_code == 64


def test_an_evaluation_of_nothing_says_so(app: Flask) -> None:
    done = run(app, "evaluate")
    assert (done.exit_code, "0 decisions" in done.stderr) == (0, True)
    assert orjson.loads(run(app, "evaluate", "--json", "--measure", "value").stdout)["decisions"] == 0


def _serving() -> int | None:
    db.session.remove()
    serving = ModelService().active()
    return None if serving is None else serving.version
