"""What the bodies of questions hold, checked whole before anything is decided."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog_app.contacts.schema import CustomerId
from catalog_app.core.errors import RuleError
from catalog_app.core.text import clean_json, clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.field_types import MAX_INT, BlankIsNone, OneLine
from catalog_app.products.owned import MAX_OWNED
from catalog_app.products.terms import Channel
from catalog_app.recommendations.decisions.asked import DEFAULT_LIMIT, MAX_CANDIDATES, MAX_LIMIT, Asked

MAX_CONTEXT: Final = 50
_FEATURES: Final = "customer_features"
ProductId = Annotated[int, Field(ge=1, le=MAX_INT)]
Owned = Annotated[list[int | str | list[str]], Field(max_length=MAX_OWNED)]


class Checked(BaseModel):
    """A body with these members and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return the body checked, or raise RuleError naming each member at fault."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None


class RecommendInput(Checked):
    """A customer as far as they are known, and how many products are wanted. What is left out was not told."""

    customer_id: Annotated[CustomerId | None, BlankIsNone] = None
    customer_features: dict[str, Any] = {}
    owned: Owned | None = None
    channel: Channel | None = None
    candidates: Annotated[list[ProductId], Field(min_length=1, max_length=MAX_CANDIDATES)] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    explain: bool = False

    def asked(self) -> Asked:
        """Return the question; raise RuleError naming each feature at fault by its place in what was sent."""
        features = self._features()
        return Asked(
            customer=self._customer(features),
            features=features,
            customer_id=self.customer_id,
            channel=self.channel,
            candidates=self.candidates,
            limit=self.limit,
            explain=self.explain,
            explore=False,
        )

    def _features(self) -> dict[str, Any]:
        """Return what was told as JSON keeps it: NaN, infinity and what is too large for every reader is refused."""
        features: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, value in self.customer_features.items():
            try:
                features[clean_line(name)] = clean_json(value, 1)
            except ValueError as error:
                faults[f"{_FEATURES}.{name}"] = str(error)
        if faults:
            raise RuleError(faults)
        return features

    def _customer(self, features: Mapping[str, Any]) -> CustomerFeatures:
        given = features if self.owned is None else {**features, "owned": self.owned}
        try:
            return CustomerFeatures.of(given)
        except RuleError as error:
            raise RuleError({self._place(name): said for name, said in error.errors.items()}) from None

    def _place(self, name: str) -> str:
        is_beside = name == _FEATURES or (self.owned is not None and name.partition(".")[0] == "owned")
        return name if is_beside else f"{_FEATURES}.{name}"


class DecideInput(RecommendInput):
    """The same for a decision: where the offers are shown, and whether chance may take part."""

    context: Annotated[Annotated[str, Field(max_length=MAX_CONTEXT), OneLine] | None, BlankIsNone] = None
    explore: bool = True

    def asked(self) -> Asked:
        return replace(super().asked(), context=self.context, explore=self.explore)
