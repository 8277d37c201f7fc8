"""What the routes of webhooks take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.operations import (
    PAGING,
    TEXT,
    TRUTH,
    WHOLE,
    Body,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    Schema,
    columns_of,
    list_of,
    nullable,
    object_of,
    one_of,
    page_of,
)
from catalog_app.events.webhooks.document import DELIVERY, WEBHOOK
from catalog_app.events.webhooks.models import DEAD, STATUSES, WAITING, Webhook, WebhookDelivery
from catalog_app.events.webhooks.schema import ReplayInput, WebhookInput

TAG: Final = "Webhooks"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}


def _webhook() -> dict[str, JsonSchema]:
    return {
        **columns_of(Webhook, WEBHOOK),
        "event_types": list_of(TEXT),
        "format": TEXT,
        "is_signed": TRUTH,
        "cursor": TEXT,
        WAITING: _COUNT,
        DEAD: _COUNT,
    }


def _delivery() -> dict[str, Any]:
    columns = columns_of(WebhookDelivery, DELIVERY)
    return object_of({**columns, "status": one_of(STATUSES), "webhook_id": TEXT, "cursor": TEXT})


WEBHOOK_SHOWN: Final = Schema("Webhook", lambda: object_of(_webhook()))
_SHOWN: Final = Reply(200, "The webhook as it is now.", WEBHOOK_SHOWN)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "webhooks_api.index": Operation(
        TAG,
        "List webhooks",
        (Reply(200, "All of them.", Schema("WebhookPage", lambda: page_of(object_of(_webhook())))),),
    ),
    "webhooks_api.create": Operation(
        TAG,
        "Subscribe an address",
        (
            Reply(
                201,
                "The new webhook; only here is the secret shown that its deliveries are signed with.",
                Schema("NewWebhook", lambda: object_of({**_webhook(), "secret": TEXT})),
                headers=("Location",),
            ),
        ),
        body=Body(Schema.of(WebhookInput), example={"url": "https://engine.example/hooks"}),
        problems={409: "Nothing can be sealed here, because no key is set."},
    ),
    "webhooks_api.read": Operation(TAG, "Read a webhook", (_SHOWN,)),
    "webhooks_api.delete": Operation(TAG, "Unsubscribe an address", (Reply(204, "It is gone."),)),
    "webhooks_api.enable": Operation(TAG, "Enable a webhook again", (_SHOWN,)),
    "webhooks_api.test": Operation(
        TAG,
        "Try a webhook",
        (
            Reply(
                200,
                "What came of one event that was sent now.",
                Schema(
                    "WebhookTrial",
                    lambda: object_of({"success": TRUTH, "status": nullable(WHOLE), "error": nullable(TEXT)}),
                ),
            ),
        ),
    ),
    "webhooks_api.deliveries": Operation(
        TAG,
        "List events that were not taken at once",
        (
            Reply(
                200,
                "A page of them, newest first.",
                Schema("DeliveryPage", lambda: page_of(_delivery())),
                headers=("Link",),
            ),
        ),
        parameters=(Parameter("status", "Those that stand so.", one_of(STATUSES)), *PAGING),
    ),
    "webhooks_api.replay": Operation(
        TAG,
        "Have events told again",
        (
            Reply(
                202,
                "How many are due again, and the webhook.",
                Schema("Replay", lambda: object_of({"due": _COUNT, **_webhook()})),
            ),
        ),
        body=Body(Schema.of(ReplayInput), example={}),
    ),
}
