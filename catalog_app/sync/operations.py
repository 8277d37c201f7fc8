"""What the routes of syncs and of external systems take and answer, for the OpenAPI document."""

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
from catalog_app.sync.models import KINDS, ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.runs import report
from catalog_app.sync.runs.states import STATUSES
from catalog_app.sync.schema import SyncRequest
from catalog_app.sync.systems.document import READ_ONLY
from catalog_app.sync.systems.schema import SETTINGS, SystemInput
from catalog_app.sync.systems.secrets import SECRETS

RUNS, SYSTEMS = "Syncs", "External systems"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_ANYTHING: Final[JsonSchema] = {}
_BUSY: Final = {409: "The system is busy or not configured, or the run does not stand where this is possible."}


def _run() -> dict[str, Any]:
    columns = columns_of(SyncRun, report.SHOWN)
    held = object_of({"guard": TEXT, "percent": _ANYTHING, "limit": _ANYTHING})
    return object_of(
        {
            "id": WHOLE,
            "system": TEXT,
            "status": one_of(STATUSES),
            **columns,
            "held_because": list_of(TEXT),
            "held_by": list_of(held),
            "seconds": nullable({"type": "number"}),
            "synced_count": _COUNT,
        }
    )


def _change() -> dict[str, Any]:
    columns = columns_of(SyncChange, report.CHANGE)
    usage = object_of({"kind": TEXT, "id": nullable(WHOLE), "name": TEXT, "policy": nullable(TEXT)})
    shown = {**columns, "kind": one_of(KINDS), "used_by": list_of(usage), "raw": _ANYTHING}
    return {**object_of(shown, optional=("raw",)), "additionalProperties": True}


def _system() -> dict[str, Any]:
    columns = columns_of(ExternalSystem, ("key", *SETTINGS, "version"))
    secret = object_of({"state": TEXT, "variable": TEXT}, optional=("variable",))
    return object_of(
        {
            **columns,
            **dict.fromkeys(("params", "tables", "limits", "guards"), OBJECT),
            "secrets": {"type": "object", "additionalProperties": secret},
            "is_configured": TRUTH,
            "missing": list_of(TEXT),
            "fault": nullable(TEXT),
            "settings": list_of(OBJECT),
        }
    )


def _system_input() -> dict[str, Any]:
    rules = SystemInput.model_json_schema()
    secret: JsonSchema = {"type": ["object", "null"]}
    secrets = {
        "type": ["object", "null"],
        "properties": dict.fromkeys(SECRETS, secret),
        "additionalProperties": False,
        "description": 'Each `{"value": ...}`, `{"env": "VARIABLE"}`, or null to forget it. Never shown again.',
    }
    ours = {name: {"description": "Passed over, so that what was read may be sent back."} for name in sorted(READ_ONLY)}
    return {**rules, "properties": {**rules["properties"], "secrets": secrets, **ours, "key": TEXT}}


def _new_system() -> dict[str, Any]:
    taken = _system_input()
    key = {"type": "string", "pattern": "^[a-z0-9]+([-_][a-z0-9]+)*$", "maxLength": 50}
    return {**taken, "properties": {**taken["properties"], "key": key}, "required": [*taken["required"], "key"]}


def _system_patch() -> dict[str, Any]:
    taken = _system_input()
    properties = {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in taken["properties"].items()}
    return {**taken, "properties": {**properties, "key": TEXT}, "required": []}


def _asked() -> dict[str, Any]:
    return object_of({"success": TRUTH, "message": TEXT, "run": WHOLE})


def _tried() -> dict[str, Any]:
    figures = dict.fromkeys(("rows", "mapped", "rejected"), _COUNT)
    more = {**figures, "expected_total": nullable(WHOLE), "records": list_of(OBJECT), "unknown_words": list_of(OBJECT)}
    told: dict[str, JsonSchema] = {"external_system": TEXT, "success": TRUTH, "error": TEXT, **more}
    return object_of(told, optional=("error", *more))


RUN: Final = Schema("Run", _run)
RUN_PAGE: Final = Schema("RunPage", lambda: page_of(_run()))
CHANGE_PAGE: Final = Schema("ChangePage", lambda: page_of(_change()))
SYSTEM: Final = Schema("System", _system)
SYSTEM_INPUT: Final = Schema("SystemInput", _system_input)

_ACCEPTED: Final = (Reply(202, "The run, which a job carries on now.", RUN, headers=("Location",)),)
_SHOWN: Final = (Reply(200, "The run as it is now.", RUN),)
_SYSTEM: Final = (Reply(200, "The system as it is now.", SYSTEM, headers=("ETag",)),)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "sync_api.request_sync": Operation(
        RUNS,
        "Ask for a sync",
        (Reply(202, "The run that was asked for.", Schema("SyncAnswer", _asked), headers=("Location",)),),
        description="Never waits for the run; follow `Location`.",
        body=Body(Schema.of(SyncRequest), example={"external_system": "xiva"}),
        problems={404: "There is no such system.", **_BUSY},
    ),
    "sync_api.runs": Operation(
        RUNS,
        "List runs",
        (Reply(200, "A page of runs, newest first.", RUN_PAGE, headers=("Link",)),),
        parameters=(
            Parameter("external_system", "Runs of this system."),
            Parameter("status", "Runs that stand so.", one_of(STATUSES)),
            *PAGING,
        ),
    ),
    "sync_api.run": Operation(RUNS, "Read a run", (Reply(200, "The run.", RUN),)),
    "sync_api.changes": Operation(
        RUNS,
        "List the changes of a run",
        (Reply(200, "A page of changes.", CHANGE_PAGE, headers=("Link",)),),
        parameters=(Parameter("kind", "Changes of this kind.", one_of(KINDS)), *PAGING),
    ),
    "sync_api.apply": Operation(RUNS, "Apply a plan that waits", _ACCEPTED, problems=_BUSY),
    "sync_api.undo": Operation(RUNS, "Take back what a run changed", _ACCEPTED, problems=_BUSY),
    "sync_api.retry": Operation(RUNS, "Try rejected records again", _ACCEPTED, problems=_BUSY),
    "sync_api.reject": Operation(RUNS, "Reject a plan that waits", _SHOWN, problems=_BUSY),
    "sync_api.cancel": Operation(RUNS, "Cancel a run", _SHOWN, problems=_BUSY),
    "systems_api.index": Operation(
        SYSTEMS,
        "List external systems",
        (Reply(200, "All of them.", Schema("SystemPage", lambda: page_of(_system()))),),
    ),
    "systems_api.create": Operation(
        SYSTEMS,
        "Add an external system",
        (Reply(201, "The new system.", SYSTEM, headers=("ETag", "Location")),),
        body=Body(Schema("NewSystem", _new_system), example={"key": "east", "label": "East", "preset": "xiva"}),
        problems={409: "There is a system with this key already."},
    ),
    "systems_api.read": Operation(SYSTEMS, "Read an external system", _SYSTEM, takes_if_none_match=True),
    "systems_api.replace": Operation(
        SYSTEMS,
        "Set all of an external system",
        _SYSTEM,
        body=Body(SYSTEM_INPUT),
        problems=_BUSY,
        takes_if_match=True,
    ),
    "systems_api.patch": Operation(
        SYSTEMS,
        "Change an external system",
        _SYSTEM,
        description="A JSON merge patch (RFC 7396).",
        body=Body(
            Schema("SystemPatch", _system_patch), media_types=("application/json", "application/merge-patch+json")
        ),
        problems=_BUSY,
        takes_if_match=True,
    ),
    "systems_api.delete": Operation(
        SYSTEMS,
        "Delete an external system",
        (Reply(204, "It is gone."),),
        problems={409: "A product of it lives, a run goes on, or every installation has it."},
        takes_if_match=True,
    ),
    "systems_api.test": Operation(
        SYSTEMS,
        "Try an external system",
        (Reply(200, "What its first page holds, or why it could not be read.", Schema("Trial", _tried)),),
        problems={409: "It is not configured."},
    ),
}
