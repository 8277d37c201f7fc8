"""Who may use the API: each route asks for the scope that it needs, and for no other."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from catalog_app.accounts.roles import SCOPES
from catalog_app.products.models import Product
from tests.support.api import Program

EITHER = ("products:read", "ml:read")
"""The scopes of which one is enough; elsewhere there is one alone."""
ROUTES = [
    ("GET", "/products/changes/", EITHER),
    ("GET", "/products/export/", EITHER),
    ("POST", "/products/bulk/", "products:write"),
    ("POST", "/products/eligibility/", "products:read"),
    ("POST", "/products/1/restore/", "products:write"),
    ("GET", "/webhooks/", "webhooks"),
    ("POST", "/webhooks/", "webhooks"),
    ("GET", "/webhooks/1/", "webhooks"),
    ("DELETE", "/webhooks/1/", "webhooks"),
    ("POST", "/webhooks/1/enable/", "webhooks"),
    ("POST", "/webhooks/1/test/", "webhooks"),
    ("GET", "/webhooks/1/deliveries/", "webhooks"),
    ("POST", "/webhooks/1/replay/", "webhooks"),
    ("GET", "/products/", "products:read"),
    ("GET", "/products/1/", "products:read"),
    ("GET", "/products/available/", "products:read"),
    ("GET", "/products/stats/", "products:read"),
    ("POST", "/products/", "products:write"),
    ("PUT", "/products/1/", "products:write"),
    ("PATCH", "/products/1/", "products:write"),
    ("DELETE", "/products/1/", "products:write"),
    ("POST", "/products/sync/", "sync:run"),
    ("GET", "/sync/runs/", "sync:run"),
    ("GET", "/sync/runs/1/", "sync:run"),
    ("GET", "/sync/runs/1/changes/", "sync:run"),
    ("POST", "/sync/runs/1/cancel/", "sync:run"),
    ("POST", "/sync/runs/1/apply/", "sync:approve"),
    ("POST", "/sync/runs/1/reject/", "sync:approve"),
    ("POST", "/sync/runs/1/undo/", "sync:approve"),
    ("POST", "/sync/runs/1/retry/", "sync:run"),
    ("GET", "/systems/", "admin"),
    ("POST", "/systems/", "admin"),
    ("GET", "/systems/xiva/", "admin"),
    ("PUT", "/systems/xiva/", "admin"),
    ("PATCH", "/systems/xiva/", "admin"),
    ("DELETE", "/systems/xiva/", "admin"),
    ("POST", "/systems/xiva/test/", "admin"),
    ("GET", "/contacts/choices/", "campaigns:read"),
    ("POST", "/contacts/choices/", ("campaigns:write", "campaigns:trigger")),
    ("DELETE", "/contacts/choices/", "campaigns:write"),
    ("POST", "/contacts/erase/", "admin"),
    ("GET", "/contacts/policy/", ("campaigns:read", "admin")),
    ("PUT", "/contacts/policy/", "admin"),
    ("POST", "/campaigns/1/preflight/", "campaigns:read"),
    ("POST", "/campaigns/1/preview/", "campaigns:read"),
    ("GET", "/campaigns/1/deliveries/", "campaigns:read"),
    ("POST", "/campaigns/1/deliveries/replay/", "campaigns:write"),
    ("GET", "/campaigns/deliveries/1/", "campaigns:read"),
    ("POST", "/campaigns/deliveries/1/replay/", "campaigns:write"),
    ("POST", "/campaigns/1/secret/", "campaigns:write"),
    ("GET", "/campaigns/", "campaigns:read"),
    ("POST", "/campaigns/", "campaigns:write"),
    ("GET", "/campaigns/1/", "campaigns:read"),
    ("PATCH", "/campaigns/1/", "campaigns:write"),
    ("DELETE", "/campaigns/1/", "campaigns:write"),
    ("POST", "/campaigns/1/activate/", "campaigns:write"),
    ("POST", "/campaigns/1/resume/", "campaigns:write"),
    ("POST", "/campaigns/1/pause/", "campaigns:write"),
    ("POST", "/campaigns/1/complete/", "campaigns:write"),
    ("POST", "/campaigns/1/copy/", "campaigns:write"),
    ("POST", "/campaigns/1/restore/", "campaigns:write"),
    ("GET", "/campaigns/1/history/", "campaigns:read"),
    ("GET", "/campaigns/outbox/", "campaigns:trigger"),
    ("POST", "/campaigns/outbox/ack/", "campaigns:trigger"),
    ("GET", "/campaigns/1/results/", "campaigns:read"),
    ("POST", "/campaigns/1/trigger/", "campaigns:trigger"),
    ("POST", "/campaigns/trigger/", "campaigns:trigger"),
    ("POST", "/campaigns/feedback/", "campaigns:trigger"),
    ("POST", "/nbo/decide/", "nbo:read"),
    ("GET", "/nbo/decisions/", "ml:read"),
    ("GET", "/nbo/decisions/1/", "ml:read"),
    ("POST", "/recommendations/", "nbo:read"),
    ("GET", "/recommendations/similar/1/", "nbo:read"),
    ("POST", "/nbo/feedback/", "nbo:write"),
    ("POST", "/nbo/batch/", "nbo:write"),
    ("POST", "/nbo/train/", "admin"),
    ("GET", "/nbo/trainings/", ("ml:read", "admin")),
    ("GET", "/nbo/trainings/1/", ("ml:read", "admin")),
    ("GET", "/nbo/models/", ("ml:read", "admin")),
    ("GET", "/nbo/models/1/", ("ml:read", "admin")),
    ("POST", "/nbo/models/1/activate/", "admin"),
    ("POST", "/nbo/models/rollback/", "admin"),
    ("GET", "/nbo/evaluation/", "ml:read"),
    ("GET", "/nbo/settings/", ("ml:read", "admin")),
    ("PUT", "/nbo/settings/", "admin"),
]


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_defect_the_api_was_open_to_everyone(app: Flask, method: str, path: str, needed: str | tuple[str, ...]) -> None:
    nobody = Program(app, "pc_nobody")
    everything_else = Program.with_scopes(app, *(other for other in SCOPES if other not in _enough(needed)))

    unknown, refused = nobody.send(method, path), everything_else.send(method, path)

    assert (unknown.status_code, refused.status_code) == (401, 403)
    assert unknown.content_type == refused.content_type == "application/problem+json"
    assert _enough(needed)[0] in refused.json["detail"]
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_the_scope_of_a_route_is_enough_for_it(
    app: Flask, stored: Callable[..., Product], method: str, path: str, needed: str | tuple[str, ...]
) -> None:
    stored()

    for scope in _enough(needed):
        assert Program.with_scopes(app, scope).send(method, path).status_code not in (401, 403)


def test_every_route_of_the_api_is_in_the_table_above(app: Flask) -> None:
    found = {
        (
            method,
            re.sub("<int:[a-z_]+>", "1", str(rule).removeprefix("/api/loyalty/v1")).replace("<key>", "xiva"),
        )
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/loyalty/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert found == {(method, path) for method, path, _ in ROUTES}


def test_a_cookie_is_no_way_in(app: Flask) -> None:
    answer = app.test_client().get("/api/loyalty/v1/products/", headers={"Cookie": "catalog_session=x"})

    assert answer.status_code == 401


def _enough(needed: str | tuple[str, ...]) -> tuple[str, ...]:
    return (needed,) if isinstance(needed, str) else needed
