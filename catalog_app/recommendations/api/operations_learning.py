"""What the routes of feedback, trainings, models and settings take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.operations import (
    OBJECT,
    PAGING,
    TEXT,
    TRUTH,
    WHOLE,
    Body,
    JsonSchema,
    Operation,
    Reply,
    Schema,
    columns_of,
    list_of,
    nullable,
    object_of,
    one_of,
    page_of,
)
from catalog_app.products.terms import PRODUCT_TYPES
from catalog_app.recommendations.api.documents import MODEL, TRAINING
from catalog_app.recommendations.api.trainings import TrainInput
from catalog_app.recommendations.feedback.events import FeedbackInput
from catalog_app.recommendations.feedback.recording import STATUSES
from catalog_app.recommendations.models import (
    BASES,
    MODEL_STATUSES,
    TRAINING_STATUSES,
    ModelVersion,
    NboSettings,
    Training,
)
from catalog_app.recommendations.schema import NboSettingsInput
from catalog_app.recommendations.settings import READ_ONLY
from catalog_app.recommendations.training.progress import STEPS

TAG: Final = "Next best offer"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[JsonSchema] = {"type": "number"}


def _settled() -> dict[str, Any]:
    answered = object_of({"decision_id": WHOLE, "delivery_id": WHOLE}, optional=("decision_id", "delivery_id"))
    errors = {"type": "object", "additionalProperties": TEXT}
    one = object_of(
        {
            "event_id": nullable(TEXT),
            "status": one_of(STATUSES),
            "attributed_to": {"oneOf": [answered, {"type": "null"}]},
            "errors": errors,
        },
        optional=("errors",),
    )
    return object_of({**dict.fromkeys(STATUSES, _COUNT), "results": list_of(one)})


def _training() -> dict[str, Any]:
    columns = columns_of(Training, TRAINING)
    return object_of({**columns, "status": one_of(TRAINING_STATUSES), "step": nullable(one_of(STEPS))})


def _model() -> dict[str, Any]:
    columns = columns_of(ModelVersion, MODEL)
    named = {"status": one_of(MODEL_STATUSES), "basis": one_of(BASES), "seconds": _NUMBER}
    return object_of({**columns, **named})


def _whole_model() -> dict[str, Any]:
    return object_of({**_model()["properties"], "settings": OBJECT, "metrics": OBJECT})


def _settings() -> dict[str, Any]:
    names = (*NboSettingsInput.model_fields, *READ_ONLY)
    exploration = object_of({"on": TRUTH, **dict.fromkeys(("uniform", "silent", "epsilon", "temperature"), _NUMBER)})
    kinds = {"product_type": nullable(TEXT), "category": nullable(TEXT), "product_id": nullable(WHOLE)}
    weights = list_of(object_of({**kinds, "weight": _NUMBER}))
    contexts = list_of(object_of({"key": TEXT, "label": TEXT, "weights": weights}))
    named = {"exploration": exploration, "contexts": contexts, "repeatable_types": list_of(one_of(PRODUCT_TYPES))}
    return object_of({**columns_of(NboSettings, names), **named})


_TRAINING: Final = Schema("NboTraining", _training)
_MODEL: Final = Schema("NboModel", _model)
_SETTINGS: Final = Reply(200, "The settings as they stand.", Schema("NboSettings", _settings), headers=("ETag",))

OPERATIONS: Final[Mapping[str, Operation]] = {
    "nbo_api.tell": Operation(
        TAG,
        "Tell what was shown and answered",
        (Reply(200, "What became of each event, in the order of the request.", Schema("NboFeedbackTaken", _settled)),),
        description=(
            "Up to 1,000 events; told again under the same `event_id` nothing changes. An event at fault is refused by "
            "its field and the others are taken. Events need no decision of ours: a history from elsewhere can be "
            "loaded, however old. `held` says that the customer has the product."
        ),
        body=Body(
            Schema.of(FeedbackInput),
            example={
                "events": [
                    {
                        "event_id": "app-1",
                        "customer_id": "C-1042",
                        "product_id": 7,
                        "event": "shown",
                        "decision_id": 42,
                    },
                    {
                        "event_id": "crm-77",
                        "customer_id": "C-1043",
                        "product_id": 7,
                        "event": "accepted",
                        "occurred_at": "2026-03-01T09:30:00Z",
                        "channel": "shop",
                        "customer_features": {"age": 31, "segments": ["family"]},
                        "owned": [3, ["xiva", "PO-17"]],
                    },
                ]
            },
        ),
    ),
    "nbo_api.train": Operation(
        TAG,
        "Learn anew",
        (Reply(202, "The training, which a job carries on; follow `Location`.", _TRAINING, headers=("Location",)),),
        description=(
            "Learns from what happened before `until`, or before now. The model serves if its check holds and the "
            "settings say so. One training runs at a time; others wait."
        ),
        body=Body(Schema.of(TrainInput), example={"until": "2026-10-01T00:00:00Z"}),
    ),
    "nbo_api.list_trainings": Operation(
        TAG,
        "List trainings",
        (Reply(200, "The newest first.", Schema("NboTrainingPage", lambda: page_of(_training()))),),
        parameters=PAGING,
    ),
    "nbo_api.read_training": Operation(TAG, "Follow a training", (Reply(200, "How it stands.", _TRAINING),)),
    "nbo_api.list_models": Operation(
        TAG,
        "List model versions",
        (Reply(200, "The newest first.", Schema("NboModelPage", lambda: page_of(_model()))),),
        parameters=PAGING,
    ),
    "nbo_api.read_model": Operation(
        TAG,
        "Read a model version",
        (Reply(200, "With the figures of its check.", Schema("NboModelWhole", _whole_model)),),
    ),
    "nbo_api.activate_model": Operation(
        TAG,
        "Let a model version serve",
        (Reply(200, "The version, which serves from now on.", _MODEL),),
        problems={409: "The version is damaged."},
    ),
    "nbo_api.roll_back_model": Operation(
        TAG,
        "Let the model serve that served before",
        (Reply(200, "The version, which serves from now on.", _MODEL),),
        problems={409: "No other version has served."},
    ),
    "nbo_api.read_settings": Operation(TAG, "Read how offers are chosen", (_SETTINGS,), takes_if_none_match=True),
    "nbo_api.put_settings": Operation(
        TAG,
        "Set how offers are chosen",
        (_SETTINGS,),
        description="They count from the next decision on. What is left out is as it is at the beginning.",
        body=Body(
            Schema.of(NboSettingsInput),
            example={
                "exploration": {"on": True, "uniform": 0.02, "silent": 0.01},
                "contexts": [
                    {"key": "recharge", "label": "Top-up", "weights": [{"product_type": "data", "weight": 1.5}]}
                ],
                "repeatable_types": ["voucher"],
                "train_at": "03:10",
            },
        ),
        takes_if_match=True,
    ),
}
