"""May this customer be offered these products? Each verdict comes with its reasons."""

from typing import Annotated, Any, Self

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog_app.accounts import requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.json_values import as_json
from catalog_app.core.query import Query
from catalog_app.core.wording import errors_by_field
from catalog_app.products.api.blueprint import bp
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.terms import Channel

MAX_PRODUCTS = 1000


class EligibilityInput(BaseModel):
    """A customer, what is known of them, and the products that are asked about. What is left out was not told."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    customer_features: dict[str, Any] = {}
    owned: list[int | str] | None = None
    channel: Channel | None = None
    product_ids: Annotated[list[Annotated[int, Field(ge=1, le=MAX_INT)]], Field(min_length=1, max_length=MAX_PRODUCTS)]

    @classmethod
    def check(cls, values: dict[str, Any]) -> Self:
        """Return the question checked, or raise RuleError."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None

    def customer(self) -> CustomerFeatures:
        """Return the customer; raise RuleError naming each feature at fault by its place in what was sent."""
        given = self.customer_features if self.owned is None else {**self.customer_features, "owned": self.owned}
        try:
            return CustomerFeatures.of(given)
        except RuleError as error:
            raise RuleError({self._place(name): message for name, message in error.errors.items()}) from None

    def _place(self, name: str) -> str:
        is_beside = name == "customer_features" or (self.owned is not None and name.partition(".")[0] == "owned")
        return name if is_beside else f"customer_features.{name}"


@bp.post("/eligibility/")
@requires_scope("products:read")
def eligibility() -> ResponseReturnValue:
    Query.taking()
    asked = EligibilityInput.check(json_object())
    now, wanted = utcnow(), tuple(dict.fromkeys(asked.product_ids))
    verdicts = ProductCatalogService().verdicts(wanted, asked.customer(), channel=asked.channel, now=now)
    return jsonify(
        {
            "at": as_json(now),
            "results": [_shown(number, verdicts[number]) for number in wanted if number in verdicts],
            "not_found": [number for number in wanted if number not in verdicts],
        }
    )


def _shown(product_id: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "eligibility": verdict.outcome,
        "unchecked": verdict.unchecked,
        "reasons": [
            {"code": reason.code, "rule": reason.rule, "outcome": reason.outcome, "message": reason.message}
            for reason in verdict.reasons
        ],
    }
