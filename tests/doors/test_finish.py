"""The last touches to every answer: compression, HEAD and OPTIONS, other origins, the line in the log."""

import gzip
import subprocess
import sys
from typing import Any

import orjson
import pytest
from flask import Flask

from catalog_app.core.compression import is_wanted
from catalog_app.settings import ROOT
from tests.doors.conftest import NEW
from tests.support.api import Answer, Program

GZIP = {"Accept-Encoding": "gzip"}
LARGE = {**NEW, "description": "Data for a month, in every country of the region. " * 40}


@pytest.fixture
def large(api: Program) -> str:
    """Return the path of a product whose document is large enough to be compressed."""
    return f"/products/{api.post('/products/', LARGE).json['id']}/"


def without(answer: Answer, *names: str) -> dict[str, str]:
    varying = {"X-Request-ID", "RateLimit", "Date", *names}
    return {name: value for name, value in answer.headers.items() if name not in varying}


def test_a_large_answer_is_compressed_where_that_is_asked_for(api: Program, large: str) -> None:
    plain, packed = api.get(large), api.get(large, headers=GZIP)

    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert (packed.headers["Content-Encoding"], packed.headers["Content-Length"]) == ("gzip", str(len(packed.data)))
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_small_answer_and_a_page_stay_as_they_are(app: Flask, api: Program) -> None:
    assert "Content-Encoding" not in api.get("/products/?limit=1", headers=GZIP).headers
    page = app.test_client().get("/login", headers=GZIP)
    assert len(page.data) > 1400
    assert "Content-Encoding" not in page.headers


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("gzip;q=0", False), ("br", False), ("", False),
        ("identity, *;q=0", False), ("gzip;q=many", False), ("x-gzip", True), ("gzip;q=0, *", False), (",;=,", False),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_understood(header: str, *, wanted: bool) -> None:
    assert is_wanted(header) is wanted


def test_the_compressed_form_has_a_tag_of_its_own_and_both_are_known(api: Program, large: str) -> None:
    plain, packed = api.get(large).headers["ETag"], api.get(large, headers=GZIP).headers["ETag"]

    assert (plain, packed) == ('"1"', '"1-gzip"')
    for known in (plain, packed, f'"x", {packed}'):
        again = api.get(large, headers={**GZIP, "If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == (packed if packed in known else plain)


def test_a_write_may_name_either_form_of_a_version(api: Program, large: str) -> None:
    assert api.patch(large, {"name": "A"}, headers={"If-Match": '"1-gzip"'}).status_code == 200
    assert api.patch(large, {"name": "B"}, headers={"If-Match": '"1-gzip"'}).status_code == 412


@pytest.mark.parametrize("headers", [{}, GZIP])
@pytest.mark.parametrize("path", ["/products/", "/products/stats/", "/products/available/", "/products/77/", "LARGE"])
def test_head_says_what_get_says_without_a_body(api: Program, large: str, path: str, headers: dict[str, str]) -> None:
    path = large if path == "LARGE" else path

    get, head = api.get(path, headers=headers), api.send("HEAD", path, headers=headers)

    # The text of an error names its request, so it may differ by nothing but that.
    assert (head.status_code, head.data) == (get.status_code, b"")
    assert without(head) == without(get)


def test_options_names_the_methods_of_an_address_and_asks_for_no_token(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/api/", "/tmf-api/")):
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(next(part for part in path.split("/") if argument in part), "1")
        answer = app.test_client().open(path, method="OPTIONS")
        assert (answer.status_code, answer.data) == (204, b""), path
        assert (rule.methods or set()) <= {*answer.headers["Allow"].split(", ")}, path
        assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("path", ["/products/stats", "/products/stats/", "/products/1", "/sync/runs/1/changes"])
def test_another_method_is_405_with_and_without_the_slash(api: Program, path: str) -> None:
    answer = api.send("POST", path)

    assert (answer.status_code, answer.json["status"]) == (405, 405)
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


def test_nothing_is_redirected(api: Program) -> None:
    for path in ("/products", "/products/1", "//products//", "/products//1/"):
        assert api.get(path).status_code in (200, 404), path
    assert api.get("/products/stats/x").status_code == 404


def test_options_of_an_address_that_is_not_there_is_404(app: Flask) -> None:
    assert app.test_client().open("/api/loyalty/v1/nothing/", method="OPTIONS").status_code == 404


ASKING = {"Origin": "https://desk.example", "Access-Control-Request-Method": "PATCH"}


def test_no_other_origin_may_read_anything_unless_it_is_named(app: Flask, api: Program) -> None:
    answers = (
        api.get("/products/", headers=ASKING),
        app.test_client().open("/api/loyalty/v1/products/", method="OPTIONS", headers=ASKING),
    )
    assert not any(name.startswith("Access-Control") for answer in answers for name in answer.headers.keys())  # noqa: SIM118  # not a dict


@pytest.mark.parametrize("settings_overrides", [{"cors_origins": "https://desk.example,https://other.example"}])
def test_a_named_origin_may_use_the_api_and_no_page(app: Flask, api: Program) -> None:
    asked = app.test_client().open("/api/loyalty/v1/products/", method="OPTIONS", headers=ASKING)
    read = api.get("/products/", headers=ASKING)

    for answer in (asked, read):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://desk.example"
        assert "Origin" in ", ".join(answer.headers.getlist("Vary"))
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    for stranger in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = api.get("/products/", headers=stranger)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in ", ".join(answer.headers.getlist("Vary"))
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/login", headers=ASKING).headers


@pytest.mark.parametrize("settings_overrides", [{"cors_origins": "*"}])
def test_every_origin_may_where_the_settings_say_so(api: Program) -> None:
    assert api.get("/products/", headers=ASKING).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("settings_overrides", [{"require_if_match": True}])
def test_a_write_that_does_not_say_what_it_changes_is_428_where_the_settings_demand_it(
    api: Program, large: str
) -> None:
    body = {"name": "New"}

    answers = (api.patch(large, body), api.put(large, {**NEW, **body}), api.delete(large))

    assert [answer.status_code for answer in answers] == [428, 428, 428]
    assert "If-Match" in answers[0].json["detail"]
    assert api.patch(large, body, headers={"If-Match": '"1"'}).status_code == 200
    assert api.post("/products/", NEW).status_code == 201


LOGGED = """
import sys
from catalog_app.app import create_app
from catalog_app.settings import Settings
app = create_app(Settings(secret_key="k" * 40, database_url="sqlite://", instance_path=sys.argv[1]), with_commands=False)
client = app.test_client()
for path in sys.argv[2:]:
    client.get(path, headers={"Authorization": "Bearer kept-quiet", "X-Request-ID": "a-good-id"})
"""


def logged(tmp_path: Any, *paths: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-c", LOGGED, str(tmp_path), *paths]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    lines = [orjson.loads(line) for line in ended.stderr.splitlines()]
    return [line for line in lines if line["event"] == "request"]


def test_a_request_is_one_line_of_json_without_what_may_be_secret(tmp_path: Any) -> None:
    secret = "pc_" + "a" * 8 + "_" + "b" * 43
    url = "/api/loyalty/v1/products/?search=kept-quiet"

    lines = logged(tmp_path, url, f"/{secret}/%0aforged%1b[31m", "/" + "x" * 5000, "/healthz")

    assert len(lines) == 3
    assert {line["request_id"] for line in lines} == {"a-good-id"}
    assert {"method", "path", "status", "ms", "level", "timestamp", "endpoint"} <= lines[0].keys()
    assert (lines[0]["endpoint"], lines[0]["status"]) == ("products_api.index", 401)
    assert "kept-quiet" not in str(lines)
    assert "b" * 10 not in str(lines)
    assert len(lines[2]["path"]) == 300
