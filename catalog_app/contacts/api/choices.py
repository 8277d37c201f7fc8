"""What customers chose, as JSON: asked for by customer, told many at once, forgotten."""

from collections import Counter
from http import HTTPStatus
from typing import Final

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from catalog_app.accounts import actor, requires_scope
from catalog_app.contacts import choices as service
from catalog_app.contacts.api.blueprint import bp
from catalog_app.contacts.choices import OUTCOMES
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.document import choice_document
from catalog_app.contacts.models import EVERY_CHANNEL
from catalog_app.contacts.schema import ChoicesInput, CustomerId
from catalog_app.core.db import db
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.wording import errors_by_field
from catalog_app.products.terms import CHANNELS

MAX_ASKED: Final = 100
CHANNEL_NAMES: Final = (*CHANNELS, EVERY_CHANNEL)
_ID: Final[TypeAdapter[str]] = TypeAdapter(CustomerId)


@bp.get("/choices/")
@requires_scope("campaigns:read")
def read_choices() -> ResponseReturnValue:
    with about_the_query():
        ids = list(dict.fromkeys(_checked(Query.taking("customer_id").every("customer_id"))))
        if not 1 <= len(ids) <= MAX_ASKED:
            raise RuleError({"customer_id": Fault("missing", f"Name 1 to {MAX_ASKED} customers.")})
    session = db.session()
    hashed = hasher(session)
    known = {hashed(customer_id): customer_id for customer_id in ids}
    rows = service.chosen_by(session, known)
    return listed((choice_document(known[row.customer], row) for row in rows), next_cursor=None)


@bp.post("/choices/")
@requires_scope("campaigns:write", "campaigns:trigger")
def post_choices() -> ResponseReturnValue:
    """Take what customers chose. All of it is kept, or nothing where one entry breaks a rule."""
    Query.taking()
    told = ChoicesInput.check(json_object()).choices
    settled = service.choose(told, actor=actor())
    counts = Counter(one.outcome for one in settled)
    results = [
        {**choice_document(choice.customer_id, one.stands), "outcome": one.outcome}
        for choice, one in zip(told, settled, strict=True)
    ]
    return jsonify({**{outcome: counts[outcome] for outcome in OUTCOMES}, "results": results})


@bp.delete("/choices/")
@requires_scope("campaigns:write")
def delete_choices() -> ResponseReturnValue:
    """Forget what a customer chose. That nothing is there, or no longer, is what was wanted."""
    with about_the_query():
        query = Query.taking("customer_id", "channel")
        customer_id, channel = query.one("customer_id"), query.one("channel")
        if customer_id is None:
            raise RuleError({"customer_id": Fault("missing", "Name the customer.")})
        if channel is not None and channel not in CHANNEL_NAMES:
            raise RuleError({"channel": Fault("not_a_choice", f"Choose one of: {', '.join(CHANNEL_NAMES)}.")})
        (checked,) = _checked((customer_id,))
    service.forget(checked, channel)
    answer = Response(status=HTTPStatus.NO_CONTENT)
    del answer.headers["Content-Type"]
    return answer


def _checked(ids: tuple[str, ...]) -> list[str]:
    try:
        return [_ID.validate_python(customer_id) for customer_id in ids]
    except ValidationError as error:
        raise RuleError({"customer_id": errors_by_field(error)["form"]}) from None
