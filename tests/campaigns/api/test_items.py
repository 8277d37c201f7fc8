"""One campaign over JSON: made, read, changed, deleted, and moved along its life."""

from tests.campaigns.factories import drafted, offered, running, said
from tests.support.api import Program


def test_a_campaign_is_created_as_a_draft_with_its_address_and_version(api: Program) -> None:
    product = offered()

    made = api.post("/campaigns/", said(product, product_config={"price": "119", "bonus": "5 GB"}))

    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert (made.json["status"], made.json["owner"]) == ("draft", "campaign engine")
    assert made.json["product_config"] == {"price": "119.00", "bonus": "5 GB"}
    body = {name: value for name, value in made.json.items() if name != "findings"}
    assert api.get(made.headers["Location"]).json == body


def test_what_was_read_can_be_sent_back_and_changes_nothing(api: Program) -> None:
    path = f"/campaigns/{drafted(offered(), audience={'min_customer_value': '5'}, control_group_percent='2.5').id}/"
    before = api.get(path).json

    after = api.patch(path, before).json

    assert {name: value for name, value in after.items() if name != "findings"} == before


def test_a_campaign_is_activated_paused_changed_and_activated_anew(api: Program) -> None:
    path = f"/campaigns/{drafted(offered()).id}"

    statuses = [api.post(f"{path}/activate/").json["status"], api.post(f"{path}/pause/", {"reason": "Too early"})]
    assert statuses[0] == "active"
    assert (statuses[1].json["status"], statuses[1].json["status_reason"]) == ("paused", "Too early")
    assert api.patch(f"{path}/", {"trigger_event": "recharge"}).status_code == 200
    assert api.post(f"{path}/activate").json["status"] == "active"
    assert api.post(f"{path}/complete").json["status"] == "completed"
    assert api.post(f"{path}/activate").status_code == 409
    actions = [told["action"] for told in api.get(f"{path}/history/").json["results"]]
    assert actions == ["completed", "activated", "updated", "paused", "activated", "created"]


def test_what_runs_keeps_what_was_approved_and_may_be_renamed(api: Program) -> None:
    path = f"/campaigns/{running(offered()).id}/"

    refused = api.patch(path, {"limit_total": 5})

    assert refused.status_code == 409
    assert "limit_total" in refused.json["detail"]
    assert api.patch(path, {"name": "Another name"}).json["name"] == "Another name"


def test_a_campaign_that_is_not_ready_is_refused_with_what_it_lacks(api: Program) -> None:
    campaign = drafted(name="Empty", messages={}, channels=[])

    refused = api.post(f"/campaigns/{campaign.id}/activate/")

    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert {"no_product", "no_channel"} <= {finding["code"] for finding in refused.json["findings"]}
