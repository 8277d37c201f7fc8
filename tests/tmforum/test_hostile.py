"""Nothing that a client sends to the TM Forum doors breaks the server, on either database."""

import logging
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask

from catalog_app.accounts.roles import SCOPES
from catalog_app.products.models import Product
from tests.products.api.hostile import IDS, JSON, NUMBERS, TEXTS
from tests.products.api.test_hostile import LEAKS
from tests.support.api import Program
from tests.support.hostile_requests import Hostile
from tests.tmforum.conftest import BASE, HOST, RECOMMEND

KINDS = ("productOffering", "productSpecification", "productOfferingPrice", "category")
PLACES = tuple(f"{HOST}{BASE}/{kind}" for kind in KINDS)
VALUES = (
    b"null", b"true", b"-1", b"0.1", b"1e300", b"99999999999999999999", b'""', b'"x"', b'"a\\u0000b"', b'"\\ud800"',
    b"[]", b"[null]", b"[[1]]", b"{}", b'{"a": null}', b"[{}]", b'[{"id": null}]', b'[{"id": 5}]', b'[{"id": "a\\u0000"}]',
    b'[{"id": "99999999999"}]', b'[{"id": "path-"}]', b'[{"id": "path-AA"}]', b'[{"name": "a\\u0000"}]', b'[{"name": "/"}]',
    b'{"id": "a\\u0000"}', b'{"id": []}', b'{"startDateTime": "0001-01-01T00:00:00+14:00"}', b'{"endDateTime": []}',
    b'{"startDateTime": "9999-12-31T23:59:59-14:00", "endDateTime": "0001-01-01T00:00:00+14:00"}',
    b'[{"price": {"value": 1e300, "unit": "SAR"}}]', b'[{"price": {"taxIncludedAmount": []}}]',
    b'[{"price": {"taxIncludedAmount": {"value": 1}}}]', b'[{"price": {"value": 1, "unit": ["SAR"]}}]',
    b'[{"price": {"value": 1, "unit": "SAR"}, "recurringChargePeriod": 5}]',
    b'[{"price": {"value": 1, "unit": "SAR"}, "priceType": []}]', b'[{"price": {"value": true, "unit": "SAR"}}]',
    b'[{"price": {"value": 1, "unit": "SAR"}, "recurringChargePeriod": "m", "recurringChargePeriodLength": -9}]',
    b'[{"price": {"value": 1, "unit": "SAR", "taxRate": "x"}, "tax": 1, "validFor": 7, "name": 8}]',
    b'[{"id": "1", "bundledProductOfferingOption": {"numberRelOfferLowerLimit": "x", "numberRelOfferDefault": []}}]',
    b'[{"id": "1", "bundledProductOfferingOption": 5}]', b'[{"id": "\xc2\xb2"}]',
)  # fmt: skip
NAMES = {
    "productOffering": (
        "name", "description", "lifecycleStatus", "isBundle", "validFor", "category", "productSpecification", "version",
        "productOfferingPrice", "bundledProductOffering", "place", "statusReason", "@type", "id", "agreement",
    ),
    "productSpecification": ("name", "lifecycleStatus", "brand", "validFor", "productSpecCharacteristic"),
    "productOfferingPrice": ("name", "price", "percentage", "recurringChargePeriodLength", "tax"),
    "category": ("name", "parentId", "isRoot", "productOffering"),
}  # fmt: skip


def requests() -> Iterator[Hostile]:
    yield from _queries()
    yield from _ids()
    yield from _bodies()
    yield from _elsewhere()


def _queries() -> Iterator[Hostile]:
    for place, text in product(PLACES, (*TEXTS, *NUMBERS, "0001-01-01T00:00:00%2B14:00", '"', "2147483648")):
        for name in ("id", "href", "name", "lifecycleStatus", "lastUpdate", "isBundle", "version", "fields", "offset"):
            yield Hostile("GET", f"{place}?{name}={text}")
    for text in (*TEXTS, *NUMBERS):
        yield Hostile("GET", f"{PLACES[2]}?percentage={text}&recurringChargePeriodLength={text}")
        yield Hostile("GET", f"{PLACES[3]}?parentId={text}&isRoot={text}")
    yield Hostile("GET", f"{PLACES[0]}?" + "&".join(f"name=n{number}" for number in range(2000)))
    yield Hostile("GET", f"{PLACES[0]}?" + "&".join(f"fields=n{number}" for number in range(2000)))


def _ids() -> Iterator[Hostile]:
    for place, row_id in product(
        PLACES, (*IDS, "1-0", "1-999", "99999999999-0", "path-", "path-AA", "path-" + "A" * 3000)
    ):
        yield Hostile("GET", f"{place}/{row_id}")
        yield Hostile("PATCH", f"{place}/{row_id}", {"data": b'{"name": "X"}', "content_type": JSON})
        yield Hostile("DELETE", f"{place}/{row_id}")
    yield from (Hostile("DELETE", f"{HOST}{BASE}/hub/{row_id}") for row_id in IDS)


def _bodies() -> Iterator[Hostile]:
    for kind, names in NAMES.items():
        for (row, name), (column, value) in product(enumerate(names), enumerate(VALUES)):
            body = b'{"%s": %s}' % (name.encode(), value)
            named = body if name == "name" else b'{"name": "A", ' + body[1:]
            # Both ways read a body alike: each value goes either way, with every other name.
            if (row + column) % 2:
                yield Hostile("POST", f"{HOST}{BASE}/{kind}", {"data": named, "content_type": JSON})
            else:
                yield Hostile("PATCH", f"{HOST}{BASE}/{kind}/1", {"data": body, "content_type": JSON})
    for place, body in product(
        (*PLACES, f"{HOST}{RECOMMEND}", f"{HOST}{BASE}/hub"), (b"", b"{", b"[]", b"null", b"\xff")
    ):
        yield Hostile("POST", place, {"data": body, "content_type": JSON})


def _elsewhere() -> Iterator[Hostile]:
    for name, value in product(("relatedParty", "characteristic", "characteristics", "owned", "channel"), VALUES):
        body = b'{"%s": %s}' % (name.encode(), value)
        yield Hostile("POST", f"{HOST}{RECOMMEND}", {"data": body, "content_type": JSON})
    for name, value in product(("callback", "query"), VALUES):
        body = b'{"callback": "http://127.0.0.1:9/", "%s": %s}' % (name.encode(), value)
        yield Hostile("POST", f"{HOST}{BASE}/hub", {"data": body, "content_type": JSON})
    for place, method in product(PLACES, ("HEAD", "OPTIONS", "TRACE", "PUT", "PROPFIND", "A" * 200)):
        yield Hostile(method, place)


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    """Let so many requests through as one program would never be allowed."""
    return {"rate_limit": "off"}


def test_hostile_requests_are_answered_in_tm_forums_form_without_a_5xx_and_without_a_leak(
    app: Flask, stored: Callable[..., Product]
) -> None:
    logging.disable(logging.CRITICAL)
    stored(name="Roam 5", price="10", currency="SAR", category="Mobile")
    program = Program.with_scopes(app, *SCOPES)
    faults: list[Any] = []
    for request in requests():
        answer = program.send(request.method, request.path, **request.options)
        is_ours = (
            answer.status_code < 400 or request.method == "HEAD" or "reason" in (answer.get_json(silent=True) or {})
        )
        if answer.status_code >= 500 or not is_ours or any(leak in answer.text for leak in LEAKS):
            faults.append(f"{request} -> {answer.status_code} {answer.text[:300]}")
    logging.disable(logging.NOTSET)
    assert faults == []
