"""What is asked of every sender: nothing lost, nothing under another id, nothing that must not leave."""

from datetime import timedelta

import pytest

from catalog_app.campaigns.models import (
    CANCELLED,
    COMPLETED,
    CONTROL,
    DEAD,
    HELD,
    LEASED,
    PAUSED,
    REFUSED,
    SENT,
    WAITING,
)
from catalog_app.campaigns.senders.registry import SENDERS
from catalog_app.campaigns.senders.replaying import replay
from catalog_app.core.backoff import GIVE_UP_AFTER
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered
from tests.campaigns.senders.promises import NOW, change, delivery, later, promised, running, soon_after, statuses
from tests.campaigns.senders.sides import LEASE_SECONDS, Side


def test_there_is_another_side_for_every_sender(side: Side) -> None:
    assert side.sender in {sender.name for sender in SENDERS}
    assert len(SENDERS) == 4


def test_what_was_promised_is_handed_over_once_and_oldest_first(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign, 3)

    side.run(campaign, later(seconds=1))
    side.run(campaign, later(days=2))

    assert side.got == ids
    assert statuses(campaign) == [SENT] * 3
    assert (delivery(ids[0]).ended_at, delivery(ids[0]).attempts) == (later(seconds=1), 1)


def test_what_nobody_noted_comes_again_under_the_same_id(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign, 2)
    side.crash(campaign, later(seconds=1))
    assert (side.got, statuses(campaign)[0]) == (ids[:1], LEASED)

    side.run(campaign, later(seconds=LEASE_SECONDS + 10))

    assert (set(side.got), len(side.got)) == (set(ids), 3)
    assert statuses(campaign) == [SENT, SENT]


@pytest.mark.parametrize("side", ["outbox", "webhook", "smtp"], indirect=True)  # a log takes everything
def test_what_failed_is_tried_later_then_given_up_and_sent_again_by_hand(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign)
    side.refuses = True

    side.run(campaign, later(seconds=1))
    failed = delivery(ids[0])
    assert (failed.status, failed.attempts, failed.ended_at) == (WAITING, 1, None)
    assert failed.last_error
    assert failed.next_at is not None
    assert later(seconds=6) <= failed.next_at <= later(seconds=8)
    side.run(campaign, later(seconds=3))
    assert delivery(ids[0]).attempts == 1

    side.run(campaign, later(seconds=10))
    assert delivery(ids[0]).attempts == 2
    side.run(campaign, NOW + GIVE_UP_AFTER + timedelta(minutes=1))
    given_up = delivery(ids[0])
    assert (given_up.status, given_up.next_at, side.got) == (DEAD, None, [])
    assert given_up.ended_at is not None

    side.refuses = False
    replay(ids[0])
    side.run(campaign, soon_after())
    assert (side.got, statuses(campaign)) == (ids, [SENT])


@pytest.mark.parametrize("status", [REFUSED, CONTROL, HELD, CANCELLED, DEAD, SENT])
def test_only_what_waits_leaves(side: Side, status: str) -> None:
    campaign = running(side.sender, side.config)
    promised(campaign, status=status)

    side.run(campaign, later(days=1))

    assert (side.got, statuses(campaign)) == ([], [status])


def test_nothing_leaves_before_its_time(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign, not_before=later(hours=8), next_at=later(hours=8))

    side.run(campaign, later(hours=7))
    assert side.got == []
    side.run(campaign, later(hours=8))
    assert side.got == ids


def test_what_is_late_waits_for_the_end_of_the_quiet_hours(side: Side) -> None:
    campaign = running(side.sender, side.config, quiet_from="21:00", quiet_to="09:00")
    ids = promised(campaign, time_zone="Asia/Riyadh")
    night = NOW.replace(hour=20)

    side.run(campaign, night)
    assert (side.got, statuses(campaign)) == ([], [WAITING])
    assert delivery(ids[0]).not_before == later(hours=18)

    side.run(campaign, later(hours=18))
    assert side.got == ids


def test_a_paused_campaign_hands_nothing_but_tests_over_until_it_runs_again(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign)
    trial = promised(campaign, key="test:1")
    change(campaign, status=PAUSED)

    side.run(campaign, later(seconds=1))
    assert (side.got, statuses(campaign)) == (trial, [WAITING, SENT])

    change(campaign, status="active")
    side.run(campaign, later(seconds=2))
    assert side.got == [*trial, *ids]


def test_what_a_campaign_promised_goes_out_although_it_has_ended_since(side: Side) -> None:
    campaign = running(side.sender, side.config)
    ids = promised(campaign)
    change(campaign, status=COMPLETED, completed_at=NOW)

    side.run(campaign, later(seconds=1))

    assert side.got == ids


def test_what_a_deleted_campaign_promised_is_cancelled(side: Side) -> None:
    campaign = running(side.sender, side.config)
    promised(campaign, 2)
    change(campaign, status=COMPLETED, deleted_at=NOW, promised=2)

    side.run(campaign, later(seconds=1))

    assert (side.got, statuses(campaign)) == ([], [CANCELLED] * 2)


@pytest.mark.parametrize("side", ["outbox"], indirect=True)  # it is decided before the senders come in
@pytest.mark.parametrize(
    ("policy", "standing", "status"),
    [
        ("hold", WAITING, HELD),
        ("hold", LEASED, CANCELLED),
        ("successor", WAITING, CANCELLED),
        ("last_snapshot", WAITING, SENT),
    ],
)
def test_what_was_tried_already_of_a_product_that_is_withdrawn_since_is_not_tried_again(
    side: Side, policy: str, standing: str, status: str
) -> None:
    product = offered()
    campaign = running(side.sender, side.config, product=product, on_withdrawal=policy)
    ids = promised(campaign, status=standing, attempts=2, lease="ab", give_up_at=later(hours=1))
    change(campaign, promised=1)
    ProductCatalogService().patch(product.id, {"lifecycle_status": "retired"}, expected_version=None, actor="tests")

    side.run(campaign, later(seconds=1))

    assert (side.got, statuses(campaign)) == (ids if status == SENT else [], [status])
    stands = delivery(ids[0])
    # What waits for its product begins anew when it is back; what somebody leased may still be said to be sent.
    assert (stands.attempts, stands.give_up_at) == (0, None) or status != HELD
    assert (stands.lease == "ab") == (standing == LEASED) or status != CANCELLED


@pytest.mark.parametrize(("policy", "status"), [("stop", CANCELLED), ("hold", HELD)])
def test_what_was_withdrawn_meanwhile_does_not_leave(side: Side, policy: str, status: str) -> None:
    product = offered()
    campaign = running(side.sender, side.config, product=product, on_withdrawal=policy)
    promised(campaign)
    change(campaign, promised=1)
    ProductCatalogService().patch(product.id, {"lifecycle_status": "retired"}, expected_version=None, actor="tests")

    side.run(campaign, later(seconds=1))

    assert (side.got, statuses(campaign)) == ([], [status])
