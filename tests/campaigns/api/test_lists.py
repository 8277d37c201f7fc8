"""Lists of campaigns: every filter with a hit and a miss, in an order that stays, a page at a time."""

from datetime import timedelta

import pytest

from catalog_app.campaigns.filters import FILTERS
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from tests.campaigns.factories import OPERATOR, drafted, offered, running
from tests.support.api import Program


def names(api: Program, query: str) -> list[str]:
    answer = api.get(f"/campaigns/?{query}")
    assert answer.status_code == 200, answer.text
    return [campaign["name"] for campaign in answer.json["results"]]


@pytest.mark.usefixtures("app")
def test_each_filter_finds_what_fits_and_nothing_else(api: Program) -> None:
    first, second, third = offered(), offered(), offered()
    soon = (utcnow() + timedelta(hours=1)).isoformat()
    drafted(first, name="Draft", trigger_event="churn", owner="omar@operator.example")
    running(first, name="Ramadan رمضان", channels=["sms"], trigger_event="recharge")
    running(second, name="Later", starts_at=soon)
    running(use_nbo=True, candidates=[second.id, third.id], name="Best of two")

    hits = {
        "search=%D8%B1%D9%85%D8%B6": ["Ramadan رمضان"],
        "search=RECHARGE": ["Ramadan رمضان"],
        "status=draft": ["Draft"],
        "status=scheduled&status=draft": ["Draft", "Later"],
        f"product_id={first.id}": ["Draft", "Ramadan رمضان"],
        f"product_id={third.id}": ["Best of two"],
        "trigger_event=churn": ["Draft"],
        "channel=sms&status=scheduled": ["Later"],
        "channel=email": [],
        "owner=omar%40operator.example": ["Draft"],
        "withdrawn=true": [],
    }
    for query, wanted in hits.items():
        assert sorted(names(api, query)) == sorted(wanted), query
    asked = {pair.partition("=")[0] for query in hits for pair in query.split("&")}
    assert asked == {declared.name for declared in FILTERS}


@pytest.mark.usefixtures("app")
def test_a_list_is_walked_page_by_page_in_its_order(api: Program) -> None:
    for number in range(5):
        drafted(name=f"Campaign {number}", description="'; DROP TABLE campaign; --")

    first = api.get("/campaigns/?sort=name&limit=2&count=true").json
    second = api.get(first["next"]).json
    third = api.get(second["next"]).json

    walked = [one["name"] for page in (first, second, third) for one in page["results"]]
    assert walked == [f"Campaign {number}" for number in range(5)]
    assert (first["count"], third["next"]) == (5, None)
    assert names(api, "limit=1") == ["Campaign 4"]


@pytest.mark.parametrize(
    "query", ["status=gone", "product_id=x", "colour=red", "sort=price", "limit=0", "cursor=abc", "withdrawn=perhaps"]
)
def test_what_cannot_be_asked_is_refused(api: Program, query: str) -> None:
    assert api.get(f"/campaigns/?{query}").status_code == 400


@pytest.mark.usefixtures("app")
def test_a_deleted_campaign_is_in_no_list_and_one_that_lives_is_not_deleted(api: Program) -> None:
    draft, live = drafted(name="Draft"), running(offered(), name="Live")

    assert api.send("DELETE", f"/campaigns/{live.id}/").status_code == 409
    stale = api.send("DELETE", f"/campaigns/{draft.id}/", headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert api.send("DELETE", f"/campaigns/{draft.id}/", headers={"If-Match": '"1"'}).status_code == 204
    assert api.get(f"/campaigns/{draft.id}/").status_code == 404
    assert names(api, "") == ["Live"]
    db.session.rollback()
    assert CampaignService().history(draft.id)[0].actor == "token:campaign engine"


@pytest.mark.usefixtures("app")
def test_the_tag_of_a_campaign_holds_until_it_changes_or_the_clock_moves_it(api: Program) -> None:
    campaign = running(offered(), ends_at=(utcnow() + timedelta(hours=1)).isoformat())
    path, tag = f"/campaigns/{campaign.id}/", {"If-None-Match": f'"{campaign.version}"'}

    assert api.get(path, headers=tag).status_code == 304
    CampaignService().patch(campaign.id, {"name": "Other"}, expected_version=None, actor=OPERATOR)
    assert api.get(path, headers=tag).status_code == 200


def test_a_repeated_request_makes_one_campaign(api: Program) -> None:
    headers = {"Idempotency-Key": "year-end-1"}

    first, again = (api.post("/campaigns/", {"name": "Once"}, headers=headers) for _ in range(2))

    assert first.json["id"] == again.json["id"]
    assert names(api, "") == ["Once"]
