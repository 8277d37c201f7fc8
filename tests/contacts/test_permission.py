"""What may be sent to whom: choices, consent, the limits of a campaign, and caps, counted as anybody would by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_app.contacts.history import Choice, History
from catalog_app.contacts.permission import Limits, Refusal, cap_refusal, limit_refusal, refusal
from catalog_app.contacts.policy import Cap, Policy
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from tests.products.factories import product

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNELS = ("sms", "email", "push")

caps = st.builds(Cap, channel=st.sampled_from((None, *CHANNELS)), most=st.integers(1, 4), days=st.integers(1, 5))
# Hours between one try and the next, and hours that the message waits for the morning.
tries = st.lists(
    st.tuples(st.sampled_from(CHANNELS), st.integers(0, 30), st.sampled_from((0, 0, 0, 7, 12))), max_size=40
)


def code_of(found: Refusal | None) -> str | None:
    return found.code if found else None


def fullest(cap: Cap, sent: list[tuple[str, datetime]]) -> int:
    """Return the most contacts that any stretch of the cap's days holds, by looking at every stretch."""
    counted = [at for channel, at in sent if cap.channel in (None, channel)]
    return max((sum(start <= at < start + cap.days * DAY for at in counted) for start in counted), default=0)


@settings(deadline=None, max_examples=200)
@given(st.lists(caps, min_size=1, max_size=3), tries)
def test_no_stretch_of_days_ever_holds_more_than_a_cap_and_nothing_else_is_refused(
    kept: list[Cap], wanted: list[tuple[str, int, int]]
) -> None:
    policy, sent, now = Policy(caps=tuple(kept)), list[tuple[str, datetime]](), NOW
    for channel, later, waits in wanted:
        now += later * DAY / 24
        at = now + waits * DAY / 24
        recent = tuple(one for one in sent if one[1] > now - policy.reach)
        refused = cap_refusal(policy, History(recent=recent), channel, at)
        would_be = [*sent, (channel, at)]
        assert (refused is not None) == any(fullest(cap, would_be) > cap.most for cap in kept if cap.counts(channel))
        if refused is None:
            sent = would_be


def test_a_cap_says_what_it_counted() -> None:
    policy = Policy(caps=(Cap("sms", most=2, days=7),))
    history = History(recent=(("sms", NOW - DAY), ("sms", NOW - 6 * DAY), ("email", NOW)))

    assert cap_refusal(policy, history, "sms", NOW) == Refusal("contact_cap", "caps", "caps: 2 of 2 by sms in 7 days")
    assert cap_refusal(policy, history, "email", NOW) is None
    assert cap_refusal(policy, history, "sms", NOW + DAY) is None


def test_the_newest_word_of_a_customer_counts_for_the_channel_and_for_all_of_them() -> None:
    policy = Policy(consent_channels=frozenset({"email"}))
    never_asked = History()
    stopped = History(choices={"*": Choice("out", NOW - DAY)})
    back_for_sms = replace(stopped, choices={**stopped.choices, "sms": Choice("in", NOW)})
    in_doubt = History(choices={"*": Choice("out", NOW), "sms": Choice("in", NOW)})
    agreed = History(choices={"email": Choice("in", NOW - DAY)})

    assert code_of(refusal(policy, never_asked, "sms", NOW)) is None
    assert code_of(refusal(policy, never_asked, "email", NOW)) == "no_consent"
    assert code_of(refusal(policy, agreed, "email", NOW)) is None
    assert code_of(refusal(policy, stopped, "sms", NOW)) == "opted_out"
    assert code_of(refusal(policy, back_for_sms, "sms", NOW)) is None
    assert code_of(refusal(policy, back_for_sms, "push", NOW)) == "opted_out"
    assert code_of(refusal(policy, in_doubt, "sms", NOW)) == "opted_out"


def test_a_campaign_has_limits_of_its_own() -> None:
    history = History(in_campaign=2, last_in_campaign=NOW - 3 * DAY, last_declined={7: NOW - 3 * DAY})

    assert code_of(limit_refusal(Limits(per_customer=2), history, 7, NOW)) == "customer_limit"
    assert code_of(limit_refusal(Limits(per_customer=3, cooldown_days=4), history, 7, NOW)) == "cooldown"
    assert code_of(limit_refusal(Limits(cooldown_days=3, decline_days=4), history, 7, NOW)) == "declined"
    assert code_of(limit_refusal(Limits(decline_days=4), history, 8, NOW)) is None
    assert code_of(limit_refusal(Limits(per_customer=3, cooldown_days=3, decline_days=3), history, 7, NOW)) is None


def test_a_verdict_knows_what_the_contacts_know() -> None:
    voucher = product(max_per_customer=2, cooldown_days=10)
    voucher.id = 7
    asked = CustomerFeatures()
    assert eligibility(voucher, asked, NOW).unchecked == ("limit", "cooldown")

    known = History(times_taken={7: 1}, last_offered={7: NOW - 11 * DAY}).applied_to(asked)
    assert eligibility(voucher, known, NOW).reasons == ()

    taken = History(times_taken={7: 2}, last_offered={7: NOW - 9 * DAY}).applied_to(asked)
    assert [reason.code for reason in eligibility(voucher, taken, NOW).reasons] == ["limit", "cooldown"]


def test_what_the_caller_knows_of_other_places_is_not_lost() -> None:
    told = CustomerFeatures(times_taken={7: 5, 8: 1}, last_offered={7: NOW - DAY})

    merged = History(times_taken={7: 2, 9: 1}, last_offered={7: NOW - 2 * DAY, 9: NOW}).applied_to(told)

    assert merged.times_taken == {7: 5, 8: 1, 9: 1}
    assert merged.last_offered == {7: NOW - DAY, 9: NOW}
