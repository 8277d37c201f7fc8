"""TM Forum's own descriptions of its APIs, where they lie beside this checkout."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from catalog_app.settings import ROOT
from tests.support.skips import NO_SHARED_DATA

SPECS = ROOT.parent / "shared" / "specs"
TMF620 = ("tmf620-v4.0.0.swagger.json", "tmf620-v4.1.0.swagger.json")
TMF680 = "tmf680-v4.0.0.swagger.json"


def faults(spec: str, definition: str, shown: Any) -> list[str]:
    """Return what an answer has that its definition does not allow; skip the test where there is no definition."""
    path = SPECS / spec
    if not path.exists():
        pytest.skip(NO_SHARED_DATA)
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    schema = {"$ref": f"#/definitions/{definition}", "definitions": definitions}
    unknown = [f"{name} is not an attribute" for name in shown if name not in definitions[definition]["properties"]]
    told = Draft4Validator(schema, validate_formats=True).iter_errors(shown)
    return [*unknown, *(f"{'/'.join(map(str, fault.instance_path))}: {fault.message}" for fault in told)]
