"""The contact policy and customers' choices over JSON."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.contacts.models import ContactChoice, ContactPolicy
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.events.models import Revision
from tests.support.api import Program

POLICY: dict[str, Any] = {
    "caps": [{"channel": None, "most": 5, "days": 7}, {"channel": "sms", "most": 3, "days": 7}],
    "quiet_from": "21:00",
    "quiet_to": "09:00",
    "time_zone": "Asia/Riyadh",
    "consent_channels": ["email"],
}


def out(customer_id: str = "C-1", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "channel": "sms", "choice": "out", **more}


def test_a_new_catalogue_asks_for_nothing(engine: Program) -> None:
    answer = engine.get("/contacts/policy/")

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json == {
        "caps": [],
        "quiet_from": None,
        "quiet_to": None,
        "time_zone": "UTC",
        "consent_channels": [],
        "version": 1,
        "updated_at": None,
        "updated_by": None,
    }


def test_a_policy_is_put_in_place_once_and_told_to_history(engine: Program) -> None:
    put = engine.put("/contacts/policy/", POLICY, headers={"If-Match": '"1"'})

    assert (put.status_code, put.headers["ETag"], put.json["version"]) == (200, '"2"', 2)
    assert {name: put.json[name] for name in POLICY} == POLICY
    # What was read may be sent back, and changes nothing.
    assert engine.put("/contacts/policy/", put.json).json == put.json
    assert engine.get("/contacts/policy/", headers={"If-None-Match": '"2"'}).status_code == 304
    (told,) = db.session.scalars(select(Revision).where(Revision.subject_type == "contact_policy")).all()
    assert told.changes["quiet_from"] == [None, "21:00"]
    assert told.changes["caps"] == [[], POLICY["caps"]]
    assert (told.actor, told.action, told.version) == ("token:campaign engine", "updated", 2)


def test_a_policy_that_moved_meanwhile_is_not_overwritten(engine: Program) -> None:
    engine.put("/contacts/policy/", POLICY)

    late = engine.put("/contacts/policy/", {**POLICY, "caps": []}, headers={"If-Match": '"1"'})

    assert late.status_code == 412
    assert engine.get("/contacts/policy/").json["caps"] == POLICY["caps"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"quiet_to": None}, "/quiet_to"),
        ({"quiet_from": "24:00"}, "/quiet_from"),
        ({"quiet_from": "9:00"}, "/quiet_from"),
        ({"quiet_to": "20:00"}, "/quiet_to"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"consent_channels": ["fax"]}, "/consent_channels/0"),
        ({"caps": [{"most": 0, "days": 7}]}, "/caps/0/most"),
        ({"caps": [{"most": 1, "days": 366}]}, "/caps/0/days"),
        ({"caps": [{"most": 1, "days": "7"}]}, "/caps/0/days"),
        ({"caps": [{"most": 1, "days": 7}, {"channel": None, "most": 2, "days": 7}]}, "/caps"),
        ({"salt": "00"}, "/salt"),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused_where_it_does(
    engine: Program, changed: dict[str, Any], pointer: str
) -> None:
    answer = engine.put("/contacts/policy/", {**POLICY, **changed})

    assert (answer.status_code, [fault["pointer"] for fault in answer.json["errors"]]) == (422, [pointer])


def test_the_salt_and_the_hashes_never_leave(engine: Program) -> None:
    engine.post("/contacts/choices/", {"choices": [out()]})
    salt = db.session.scalars(select(ContactPolicy.salt)).one()
    (row,) = db.session.scalars(select(ContactChoice)).all()
    answers = (engine.get("/contacts/policy/").text, engine.get("/contacts/choices/?customer_id=C-1").text)

    assert len(bytes.fromhex(salt)) == 32
    assert (len(row.customer), "C-1" in row.customer) == (32, False)
    assert all(salt not in text and row.customer not in text for text in answers)


def test_a_choice_told_twice_is_one_and_the_newest_stands(engine: Program) -> None:
    early, late = "2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z"
    told = engine.post("/contacts/choices/", {"choices": [out(at=late, source="STOP by SMS")]})
    again = engine.post("/contacts/choices/", {"choices": [out(at=late), out(choice="in", at=early), out("C-2")]})

    assert (told.json["recorded"], again.status_code) == (1, 200)
    assert [result["outcome"] for result in again.json["results"]] == ["unchanged", "superseded", "recorded"]
    assert {**again.json, "results": 3} == {"recorded": 1, "unchanged": 1, "superseded": 1, "results": 3}
    found = engine.get("/contacts/choices/?customer_id=C-1&customer_id=C-3").json
    assert found == {
        "results": [
            {
                "customer_id": "C-1",
                "channel": "sms",
                "choice": "out",
                "source": "STOP by SMS",
                "at": late,
                "actor": "token:campaign engine",
            }
        ],
        "next": None,
    }


def test_of_a_yes_and_a_no_at_the_same_moment_the_no_stands_in_either_order(engine: Program) -> None:
    at = "2026-06-01T10:00:00Z"

    for order in (("in", "out"), ("out", "in")):
        told = [out(f"C-{order[0]}", choice=choice, at=at) for choice in order]
        results = engine.post("/contacts/choices/", {"choices": told}).json["results"]
        assert results[-1]["choice"] == "out"


def test_a_clock_that_is_fast_cannot_outdo_what_is_said_later(engine: Program) -> None:
    ahead = (utcnow() + timedelta(days=400)).isoformat()
    engine.post("/contacts/choices/", {"choices": [out(choice="in", at=ahead)]})

    stopped = engine.post("/contacts/choices/", {"choices": [out()]}).json

    assert (stopped["recorded"], stopped["results"][0]["choice"]) == (1, "out")


def test_one_wrong_entry_keeps_the_whole_batch_out(engine: Program) -> None:
    answer = engine.post("/contacts/choices/", {"choices": [out(), out(choice="maybe"), out(customer_id=" ")]})

    assert answer.status_code == 422
    pointers = [fault["pointer"] for fault in answer.json["errors"]]
    assert pointers == ["/choices/1/choice", "/choices/2/customer_id"]
    assert engine.get("/contacts/choices/?customer_id=C-1").json["results"] == []


def test_a_thousand_choices_are_one_request_and_more_are_refused(engine: Program) -> None:
    many = [out(f"C-{number}") for number in range(1_001)]

    assert engine.post("/contacts/choices/", {"choices": many}).status_code == 422
    assert engine.post("/contacts/choices/", {"choices": many[:1_000]}).json["recorded"] == 1_000


def test_a_choice_that_is_forgotten_was_never_made(engine: Program) -> None:
    engine.post("/contacts/choices/", {"choices": [out(), out(channel="*"), out("C-2")]})

    assert engine.delete("/contacts/choices/?customer_id=C-1&channel=*").status_code == 204
    assert [row["channel"] for row in engine.results("/contacts/choices/?customer_id=C-1")] == ["sms"]
    for _ in range(2):
        assert engine.delete("/contacts/choices/?customer_id=C-1").status_code == 204
    assert engine.results("/contacts/choices/?customer_id=C-1&customer_id=C-2")[0]["customer_id"] == "C-2"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contacts/choices/"),
        ("GET", "/contacts/choices/?customer=C-1"),
        ("GET", "/contacts/choices/?customer_id=%00"),
        ("GET", "/contacts/choices/?" + "&".join(f"customer_id={number}" for number in range(101))),
        ("DELETE", "/contacts/choices/"),
        ("DELETE", "/contacts/choices/?customer_id=C-1&channel=fax"),
    ],
)
def test_an_address_that_says_too_little_or_too_much_is_refused(engine: Program, method: str, path: str) -> None:
    assert engine.send(method, path).status_code == 400


def test_who_sends_campaigns_may_tell_choices_and_not_change_the_policy(app: Flask) -> None:
    sender = Program.with_scopes(app, "campaigns:trigger", name="sender")

    assert sender.post("/contacts/choices/", {"choices": [out()]}).status_code == 200
    assert sender.put("/contacts/policy/", POLICY).status_code == 403
    assert sender.delete("/contacts/choices/?customer_id=C-1").status_code == 403
