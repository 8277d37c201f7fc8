"""Trainings over JSON: asked for, and followed. No request waits for one."""

from http import HTTPStatus

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.contacts.schema import Checked, Instant
from catalog_app.core.json_body import json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.links import absolute
from catalog_app.core.query import Query, about_the_query
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.api.documents import training_document
from catalog_app.recommendations.training.service import TrainingService


class TrainInput(Checked):
    """What is to be learned from: all that happened before `until`, or before now."""

    until: Instant | None = None


@nbo.post("/train/")
@requires_scope("admin")
def train() -> ResponseReturnValue:
    """Queue a training and answer where to follow it."""
    Query.taking()
    training = TrainingService().request(until=TrainInput.check(json_object()).until, actor=actor())
    where = absolute(url_for("nbo_api.read_training", training_id=training.id))
    return jsonify(training_document(training)), HTTPStatus.ACCEPTED, {"Location": where}


@nbo.get("/trainings/")
@requires_scope("ml:read", "admin")
def list_trainings() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("limit", "cursor")
        found = TrainingService().search(limit=query.limit(), cursor=query.one("cursor"))
    return listed(map(training_document, found.items), next_cursor=found.next_cursor)


@nbo.get("/trainings/<int:training_id>/")
@requires_scope("ml:read", "admin")
def read_training(training_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(training_document(TrainingService().get(training_id)))
