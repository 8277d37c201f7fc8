"""What the route of the evaluation takes and answers, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.compared import arm_fields, comparison_fields
from catalog_app.core.operations import (
    MOMENT,
    TEXT,
    TRUTH,
    WHOLE,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    Schema,
    list_of,
    nullable,
    object_of,
    one_of,
)
from catalog_app.recommendations.api.evaluation import ESTIMATORS
from catalog_app.recommendations.evaluation.found import MEASURES, POLICY_KEYS
from catalog_app.recommendations.scoring.arms import ARMS

_NUMBER: Final[JsonSchema] = {"type": "number"}


def _evaluation() -> dict[str, Any]:
    ends = dict.fromkeys(("low", "high"), nullable(_NUMBER))
    estimate = object_of({"value": _NUMBER, **ends, "effective_sample": _NUMBER})
    policy = {"policy": one_of(POLICY_KEYS), "model_version": nullable(WHOLE), "covered": _NUMBER, "in_sample": TRUTH}
    return object_of(
        {
            "since": MOMENT,
            "until": MOMENT,
            "measure": one_of(MEASURES),
            "decisions": WHOLE,
            "explored": WHOLE,
            "policies": list_of(object_of({**policy, **dict.fromkeys(ESTIMATORS, nullable(estimate))})),
            "arms": list_of(object_of({"arm": one_of(ARMS), "decisions": WHOLE, **arm_fields()})),
            "uplift": nullable(object_of(comparison_fields())),
            "notes": list_of(TEXT),
        }
    )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "nbo_api.read_evaluation": Operation(
        "Next best offer",
        "Evaluate the decision log",
        (Reply(200, "What each policy is worth, with 95 % intervals.", Schema("NboEvaluation", _evaluation)),),
        description=(
            "The value of a policy is how often the first offer of a decision is accepted, or what that is worth: as it "
            "was answered (`running`), by the model in use, most valuable first, and by up to three other versions. "
            "IPS, SNIPS and DR rest on decisions in which chance took part; where there are more than 20,000, on the "
            "newest. `uplift` compares customers who were made offers with those of the silent arm."
        ),
        parameters=(
            Parameter("since", "From this moment on; 90 days before the end unless given.", MOMENT),
            Parameter("until", "Up to this moment, or to the end of this day; now unless given.", MOMENT),
            Parameter("measure", "Whether acceptances count, or their value in the base currency.", one_of(MEASURES)),
            Parameter("model_version", "A model version to look at beside the one in use.", WHOLE, repeats=True),
        ),
        problems={404: "There is no such model version."},
    ),
}
