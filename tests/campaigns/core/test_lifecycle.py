"""How campaigns move, what the clock brings, and what they said at each version."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from catalog_app.campaigns.lifecycle import MOVES, moves_from, status_at, status_sql
from catalog_app.campaigns.models import STATUSES, Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, StaleError
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, drafted, offered, running

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "starts", "ends", "now"),
    [
        ("draft", -HOUR, -HOUR, "draft"),
        ("scheduled", None, None, "active"),
        ("scheduled", HOUR, None, "scheduled"),
        ("scheduled", timedelta(), None, "active"),
        ("scheduled", -HOUR, timedelta(), "completed"),
        ("active", None, HOUR, "active"),
        ("active", None, -HOUR, "completed"),
        ("paused", -HOUR, None, "paused"),
        ("paused", -HOUR, -HOUR, "completed"),
        ("completed", HOUR, HOUR, "completed"),
    ],
)
@pytest.mark.usefixtures("app")
def test_the_status_is_the_one_of_the_clock_in_python_and_in_sql(
    status: str, starts: timedelta | None, ends: timedelta | None, now: str
) -> None:
    starts_at, ends_at = (None if one is None else NOW + one for one in (starts, ends))
    campaign = drafted(name="One")
    values = {"status": status, "starts_at": starts_at, "ends_at": ends_at}
    db.session.execute(update(Campaign).where(Campaign.id == campaign.id).values(**values))

    assert status_at(SimpleNamespace(**values), NOW) == now
    assert db.session.scalar(select(status_sql(NOW)).where(Campaign.id == campaign.id)) == now


def test_every_state_but_the_end_has_a_way_on() -> None:
    assert {status: [move.name for move in moves_from(status)] for status in STATUSES} == {
        "draft": ["activate", "delete"],
        "scheduled": ["pause", "complete"],
        "active": ["pause", "complete"],
        "paused": ["activate", "resume", "complete"],
        "completed": ["delete"],
    }
    assert len(MOVES) == 5


@pytest.mark.usefixtures("app")
def test_a_version_is_brought_back_as_it_was_said() -> None:
    first, second = offered(), offered(name="Flex 80 GB")
    service, campaign = CampaignService(), drafted(first, product_config={"price": "119"}, control_group_percent="5")
    service.patch(
        campaign.id,
        {"product_id": second.id, "product_config": {"price": "139"}, "control_group_percent": "10", "name": "Other"},
        expected_version=1,
        actor=OPERATOR,
    )
    assert service.values_at(campaign.id, 1)["product_id"] == first.id

    back = service.restore_version(campaign.id, 1, expected_version=2, actor=OPERATOR)

    assert (back.version, back.product_id, back.name) == (3, first.id, "Year-end 60 GB")
    assert back.product_config == {"price": "119.00"}
    assert back.control_group_percent == 5
    assert [one.action for one in service.history(campaign.id)] == ["restored", "updated", "created"]
    with pytest.raises(NotFoundError):
        service.restore_version(campaign.id, 9, actor=OPERATOR)


@pytest.mark.usefixtures("app")
def test_a_running_campaign_takes_no_version_back_and_a_copy_of_it_is_a_draft() -> None:
    service, campaign = CampaignService(), running(offered(), ends_at=(utcnow() + HOUR).isoformat())
    service.pause(campaign.id, actor=OPERATOR)
    service.patch(campaign.id, {"limit_total": 5}, expected_version=None, actor=OPERATOR)
    service.activate(campaign.id, actor=OPERATOR)

    with pytest.raises(ConflictError, match="limit_total"):
        service.restore_version(campaign.id, 1, actor=OPERATOR)
    copy = service.copy(campaign.id, actor="user:omar@operator.example")

    assert (copy.status, copy.name, copy.owner) == ("draft", "Copy of Year-end 60 GB", "omar@operator.example")
    assert (copy.limit_total, copy.ends_at, copy.messages) == (5, None, campaign.messages)


@pytest.mark.usefixtures("app")
def test_two_editors_do_not_write_over_each_other() -> None:
    service, campaign = CampaignService(), drafted(offered())
    service.patch(campaign.id, {"name": "Mine"}, expected_version=1, actor=OPERATOR)

    with pytest.raises(StaleError) as caught:
        service.patch(campaign.id, {"name": "Theirs"}, expected_version=1, actor="user:omar")

    assert caught.value.current_version == 2
    assert service.get(campaign.id).name == "Mine"


@pytest.mark.usefixtures("app")
def test_a_change_that_changes_nothing_writes_nothing() -> None:
    service, campaign = CampaignService(), drafted(offered())

    service.patch(campaign.id, {"name": campaign.name}, expected_version=1, actor=OPERATOR)

    assert (service.get(campaign.id).version, len(service.history(campaign.id))) == (1, 1)


@pytest.mark.parametrize(
    ("product", "config", "field"),
    [
        ({"price": None, "currency": None}, {"price": "5"}, "product_config.currency"),
        ({"price": None, "currency": None}, {"discount_percent": "5"}, "product_config.discount_percent"),
        ({"valid_to": "2026-12-01T00:00:00Z"}, {"valid_to": "2026-12-02T00:00:00Z"}, "product_config.valid_to"),
        ({"valid_from": "2026-12-02T00:00:00Z"}, {"valid_to": "2026-12-01T00:00:00Z"}, "product_config.valid_to"),
    ],
)
@pytest.mark.usefixtures("app")
def test_an_offer_that_does_not_fit_its_product_is_refused(
    product: dict[str, str | None], config: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleError) as caught:
        drafted(offered(**product), product_config=config)

    assert set(caught.value.errors) == {field}


@pytest.mark.usefixtures("app")
def test_an_old_fault_of_the_product_does_not_keep_a_draft_from_being_renamed() -> None:
    product = offered()
    campaign = drafted(product, product_config={"discount_percent": "10"})
    ProductCatalogService().patch(product.id, {"price": None, "currency": None}, expected_version=None, actor="a")

    assert CampaignService().patch(campaign.id, {"name": "B"}, expected_version=None, actor=OPERATOR).name == "B"
    faults = [finding.field for finding in CampaignService().preflight(campaign.id) if finding.level == "error"]
    assert "product_config.discount_percent" in faults
