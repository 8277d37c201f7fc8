"""What speaks against an offer, in the form in which deliveries keep it and answers tell it."""

from typing import Any, Protocol


class Speaks(Protocol):
    """Whatever says why not: a check of the verdict, a refusal of the contact policy, a rule of the campaign."""

    @property
    def code(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def message(self) -> str: ...


def as_reason(one: Speaks) -> dict[str, Any]:
    return {"code": one.code, "rule": one.rule, "message": str(one.message)}
