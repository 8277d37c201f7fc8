"""Alerts and the dashboard ask for what the application tells, and every alert leads to a page that helps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.settings import ROOT
from catalog_app.sync.models import APPLIED, Heartbeat, SyncRun, SystemSchedule, SystemState
from tests.deploy.files import ALERTS, DASHBOARD
from tests.deploy.promql import Expression, named_labels, parsed
from tests.recommendations.training.streams import told_stream, trained
from tests.support.api import Program
from tests.support.databases import PostgresDatabase

OF_THE_TARGET: Final = frozenset({"job", "instance"})
"""Labels that Prometheus itself puts on everything that it scrapes."""
ITS_OWN: Final = frozenset({"up"})
RUNBOOK: Final = re.compile(r"[A-Z][^:]+: docs/operators\.md#([a-z-]+)$")

Told = dict[str, dict[str, set[str]]]


@dataclass(frozen=True)
class Question:
    """An expression of one of the files, and the sentence in which labels of its result are named."""

    where: str
    text: str
    sentence: str


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in orjson.loads(DASHBOARD.read_bytes())["panels"] if panel["type"] != "row"]


def questions() -> Iterator[Question]:
    for rule in alerts():
        yield Question(rule["alert"], rule["expr"], rule["annotations"]["summary"])
    for panel in panels():
        for target in panel["targets"]:
            yield Question(panel["title"], target["expr"], target["legendFormat"])


@pytest.fixture
def database_url(postgres: PostgresDatabase) -> str:
    """Everything that is told is told on PostgreSQL."""
    return postgres.empty()


@pytest.fixture
def settings_overrides(database_url: str) -> dict[str, object]:
    return {"database_read_url": database_url}


@pytest.fixture
def told(app: Flask) -> Told:
    """Return what one scrape of a catalogue at work tells: metric, label, and the values of the label."""
    now = utcnow()
    told_stream(150)
    trained()
    with writing() as session:
        session.get_one(SystemState, "xiva").last_success_at = now
        session.add(SystemSchedule(external_system="xiva", frequency="daily", due_at=now + timedelta(days=1)))
        session.add(Heartbeat(name="beat:tests", at=now))
        moments = {"requested_at": now, "started_at": now, "finished_at": now}
        session.add(SyncRun(external_system="xiva", requested_by="tests", status=APPLIED, **moments))
    db.session.remove()
    Program.with_scopes(app, "products:read").get("/products/")
    found: Told = {}
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def faults(question: Question, told: Told) -> Iterator[str]:
    """Yield what the question asks for that nobody tells."""
    expression = parsed(question.text)
    labels = OF_THE_TARGET.union(*(told.get(asked.metric, {}) for asked in expression.asked))
    yield from (
        f"the label {name}" for name in expression.labels | named_labels(question.sentence) if name not in labels
    )
    yield from _unknown(expression, told)


def _unknown(expression: Expression, told: Told) -> Iterator[str]:
    for asked in expression.asked:
        if asked.metric in ITS_OWN:
            continue
        if asked.metric not in told:
            yield f"the metric {asked.metric}"
            continue
        for label, how, value in asked.matchers:
            values = told[asked.metric].get(label)
            if values is None and label not in OF_THE_TARGET:
                yield f"the label {label} of {asked.metric}"
            elif how == "Equal" and values is not None and value not in values:
                yield f"{value!r} in {label} of {asked.metric}"


def test_alerts_and_dashboard_ask_for_what_the_application_tells(told: Told) -> None:
    wrong = [f"{one.where}: {fault}" for one in questions() for fault in faults(one, told)]

    assert wrong == []
    assert len(list(questions())) > 40


@pytest.mark.parametrize(
    ("text", "sentence", "expected"),
    [
        ("catalog_nothing > 1", "", ["the metric catalog_nothing"]),
        ("sum by (nobody) (catalog_jobs_waiting)", "", ["the label nobody"]),
        ("catalog_jobs_waiting", "{{ $labels.nobody }}", ["the label nobody"]),
        ("catalog_jobs_waiting", "{{nobody}}", ["the label nobody"]),
        ('catalog_jobs_waiting{nobody="1"}', "", ["the label nobody of catalog_jobs_waiting"]),
        ('catalog_jobs_waiting{kind="1"}', "", ["'1' in kind of catalog_jobs_waiting"]),
        ('max by (kind) (catalog_jobs_waiting{kind="edit"})', "{{kind}}", []),
    ],
)
def test_what_nobody_tells_is_found(text: str, sentence: str, expected: list[str]) -> None:
    told: Told = {"catalog_jobs_waiting": {"kind": {"edit"}}}

    assert list(faults(Question("", text, sentence), told)) == expected


def test_an_expression_that_prometheus_could_not_read_is_found() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        parsed("sum by (le")


def test_every_metric_of_ours_is_on_the_page_for_operators(told: Told) -> None:
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(catalog_\w+)", page))
    endings = re.compile(r"_(bucket|count|sum|created)$")

    assert {
        endings.sub("", name) for name in told if name.startswith("catalog_") and not name.endswith("_created")
    } == listed


def test_every_alert_leads_to_a_section_of_its_own() -> None:
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    led = {rule["alert"]: RUNBOOK.match(rule["annotations"]["runbook"]) for rule in alerts()}

    assert {name: match[1] if match else None for name, match in led.items()} == {name: name.lower() for name in led}
    assert {name.lower() for name in led} <= sections
    assert {rule["labels"]["severity"] for rule in alerts()} == {"page", "ticket"}


def test_the_dashboard_can_be_imported_anywhere() -> None:
    board = orjson.loads(DASHBOARD.read_bytes())
    numbers = [panel["id"] for panel in board["panels"]]

    assert len(set(numbers)) == len(numbers)
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    assert not any("http://" in str(value) or "https://" in str(value) for value in board.values())
    assert [panel["title"] for panel in panels() if not panel["description"]] == []
    assert not _overlapping(board["panels"])


def _overlapping(places: list[dict[str, Any]]) -> list[tuple[int, int]]:
    taken: dict[tuple[int, int], int] = {}
    found = []
    for panel in places:
        at = panel["gridPos"]
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if cell in taken:
                found.append((taken[cell], panel["id"]))
            taken[cell] = panel["id"]
    return found
