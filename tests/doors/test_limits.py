"""How often a token may ask, and how it is told."""

import math
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from limits.errors import StorageError
from limits.storage import MemoryStorage

from catalog_app.app import create_app
from catalog_app.core.quotas import SLOTS, MemoryCounter, Rate
from catalog_app.core.rate_limits import StoredCounter
from catalog_app.settings import Settings, SettingsError
from tests.support.api import Program

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIVE_A_MINUTE = Rate(5, 60)


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return {"rate_limit": "5/minute"}


def test_every_answer_to_a_token_says_what_is_left(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read")

    answers = [api.get("/products/"), api.get("/products/77/"), api.post("/products/", {})]

    assert [answer.status_code for answer in answers] == [200, 404, 403]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=5;w=60'}
    left = [answer.headers["RateLimit"].partition(";t=") for answer in answers]
    assert [said for said, _, _ in left] == ['"default";r=4', '"default";r=3', '"default";r=2']
    assert all(0 < int(reset) <= 62 for _, _, reset in left)


def test_a_token_that_asks_too_often_is_told_when_to_come_back(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read")
    with time_machine.travel(START, tick=False) as clock:
        assert [api.get("/products/").status_code for _ in range(6)] == [200] * 5 + [429]
        refused = api.get("/products/")
        clock.shift(timedelta(seconds=int(refused.headers["Retry-After"])))
        assert api.get("/products/").status_code == 200

    assert refused.content_type == "application/problem+json"
    assert refused.json["status"] == 429
    assert refused.headers["RateLimit"].startswith('"default";r=0;')


@pytest.mark.parametrize("path", ["/sync/runs/", "/api/loyalty/v1/systems/", "/products/stats/"])
def test_every_door_counts(app: Flask, path: str) -> None:
    api = Program.with_scopes(app, "products:read", "sync:run", "admin")

    assert [api.get(path).status_code for _ in range(6)][-2:] == [200, 429]


def test_tmf_doors_count_too(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read")
    for _ in range(5):
        api.get("/products/")

    url = "http://localhost/tmf-api/productCatalogManagement/v4/productOffering"
    assert api.get(url).status_code == 429


def test_one_token_does_not_use_up_what_another_has(app: Flask) -> None:
    greedy, other = (Program.with_scopes(app, "products:read", name=name) for name in ("greedy", "other"))
    for _ in range(6):
        greedy.get("/products/")

    assert other.get("/products/").status_code == 200


def test_people_and_strangers_are_not_counted(app: Flask) -> None:
    assert "RateLimit" not in app.test_client().get("/login").headers
    assert "RateLimit" not in app.test_client().get("/api/loyalty/v1/products/").headers


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_no_stretch_of_a_minute_ever_holds_more_than_the_limit(gaps: list[float]) -> None:
    counter, granted = MemoryCounter(FIVE_A_MINUTE), []
    with time_machine.travel(START, tick=False) as clock:
        for gap in gaps:
            clock.shift(gap / 5)
            if not counter.hit("token:1").refused:
                granted.append(time.time())

    for first, sixth in zip(granted, granted[5:], strict=False):
        assert sixth - first >= 60


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_who_waits_as_long_as_told_is_let_in(gaps: list[float]) -> None:
    counter = MemoryCounter(FIVE_A_MINUTE)
    with time_machine.travel(START, tick=False) as clock:
        for gap in gaps:
            clock.shift(gap / 10)
            quota = counter.hit("token:1")
            if quota.refused:
                assert quota.reset <= math.ceil(60 + 60 / SLOTS)
                clock.shift(quota.reset)
                assert not counter.hit("token:1").refused


def test_a_clock_that_is_put_back_refuses_nobody_for_long() -> None:
    counter = MemoryCounter(FIVE_A_MINUTE)
    with time_machine.travel(START, tick=False) as clock:
        counter.hit("token:1")
        clock.shift(-timedelta(hours=3))
        assert [counter.hit("token:1").refused for _ in range(5)] == [False] * 4 + [True]


def test_a_shared_storage_counts_the_same() -> None:
    counters = [StoredCounter(FIVE_A_MINUTE, "memory://") for _ in range(2)]
    counters[1]._window = counters[0]._window

    quotas = [counters[number % 2].hit("token:1") for number in range(6)]

    assert [quota.refused for quota in quotas] == [False] * 5 + [True]
    assert [quota.remaining for quota in quotas] == [4, 3, 2, 1, 0, 0]


def test_while_the_storage_does_not_answer_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def no_answer(*_: object, **__: object) -> bool:
        # A storage over the network would need a server of its own for this one test.
        asked.append(True)
        raise StorageError(ConnectionError("gone"))

    monkeypatch.setattr(MemoryStorage, "acquire_entry", no_answer)
    counter = StoredCounter(FIVE_A_MINUTE, "memory://")

    assert [counter.hit("token:1").refused for _ in range(6)] == [False] * 6
    assert len(asked) == 1, "what does not answer is left alone for a while"


@pytest.mark.parametrize("address", ["memcached://localhost", "nonsense://x"])
def test_a_storage_that_cannot_be_used_stops_the_start(settings: Settings, address: str) -> None:
    wanted = Settings.model_validate({**settings.model_dump(), "rate_limit_storage": address})

    with pytest.raises(SettingsError, match="CATALOG_RATE_LIMIT_STORAGE"):
        create_app(wanted)
