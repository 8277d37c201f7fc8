"""Every operation, asked in ways that nobody thought of: what comes back is what the document says."""

from contextvars import Context
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES
from schemathesis.specs.openapi import checks

from catalog_app.accounts.roles import SCOPES
from catalog_app.core.db import db
from catalog_app.openapi import views
from catalog_app.openapi.document import OPERATIONS
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import drafted, running
from tests.products.factories import saved
from tests.support.api import Program
from tests.support.databases import SqliteTemplate

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
STATEFUL_CHECKS = [*CHECKS, checks.use_after_free, checks.ensure_resource_availability]
# What is wrong with one item of many is told in its result, and stops nobody else: 200.
PASSED_OVER = dict.fromkeys(("products_api.bulk", "nbo_api.tell", "nbo_api.batch"), checks.negative_data_rejection)
# Another version than the one that stands is refused before anything else is looked at.
STALE_IS_REFUSED = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": [*NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES, "412"]}}}
)
# The same every time, so that a fault that it finds is found by everybody.
SAME = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Described:
    """The document of a running application, and the headers of a program that may do everything."""

    schema: Any
    headers: dict[str, str]


# Each operation is asked as the document says, and, where it takes anything, otherwise.
WAYS = [
    (endpoint, mode)
    for endpoint, operation in sorted(OPERATIONS.items())
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.parameters or operation.body
]


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Any) -> str:
    return sqlite_template.copy_to(tmp_path)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the place for the document, which is made by the first application that is asked for it."""
    return {}


@pytest.fixture
def described(app: Flask, document: dict[str, Any]) -> Described:
    app.extensions[views._MADE] = document

    def apart(environ: Any, start: Any) -> Any:
        # A request of its own must not go on in the database session of the test.
        return Context().run(app.wsgi_app, environ, start)

    with app.app_context():
        for number in range(3):
            saved(db.session(), name=f"Seed {number}", price="5", currency="SAR")
        db.session.commit()
        product = ProductCatalogService().get(1)
        for make in (drafted, running, drafted):
            make(product)
        db.session.remove()
    token = Program.with_scopes(app, *SCOPES).token
    # The client that sends these requests does not unpack what comes.
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    return Described(schemathesis.openapi.from_wsgi("/api/openapi.json", apart, config=STALE_IS_REFUSED), headers)


@pytest.mark.parametrize(("endpoint", "mode"), WAYS)
def test_every_answer_is_what_the_document_says(described: Described, endpoint: str, mode: GenerationMode) -> None:
    repeated = {parameter.name for parameter in OPERATIONS[endpoint].parameters if parameter.repeats}
    wanted = [check for check in CHECKS if check != PASSED_OVER.get(endpoint)]
    operation = described.schema.find_operation_by_id(endpoint.replace("_api.", "_"))

    @settings(SAME, max_examples=12)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        # A blank value is what an untouched form field sends, and counts as not there.
        assume(not any(text == "" for value in (case.query or {}).values() for text in _texts(value)))
        # What may be repeated and stands once is a list of one: on the wire nobody can tell that it was meant otherwise.
        assume(all(isinstance(value, list) for name, value in (case.query or {}).items() if name in repeated))
        case.call_and_validate(headers=described.headers, checks=wanted)

    ask()


def test_what_one_operation_made_the_others_find(described: Described) -> None:
    class Walk(described.schema.as_state_machine()):  # type: ignore[misc]  # made while running
        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:  # noqa: ARG002  # the base class names it
            return {"headers": described.headers}

        def validate_response(self, response: Any, case: Case[Any], **_more: Any) -> None:
            case.validate_response(response, checks=STATEFUL_CHECKS, headers=described.headers)

    walks = settings(SAME, max_examples=10, stateful_step_count=8)
    run_state_machine_as_test(Walk, settings=walks)  # type: ignore[no-untyped-call]  # Hypothesis left it untyped


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
