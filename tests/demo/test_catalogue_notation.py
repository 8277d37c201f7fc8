"""The notation of the tables means one thing, and a slip of the pen is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from catalog_app.demo.catalogue_charges import write_charges
from catalog_app.demo.catalogue_notation import (
    Characteristic,
    Charge,
    Member,
    read_allowances,
    read_charge,
    read_member,
)
from catalog_app.demo.catalogue_rows import rows


@pytest.mark.parametrize(
    ("text", "charge"),
    [
        ("SAR 159 / month", Charge("Monthly fee", "recurring", Decimal(159), "SAR", "month", 1)),
        ("SAR 279 / 3 months", Charge("Quarterly fee", "recurring", Decimal(279), "SAR", "month", 3)),
        ("KWD 1.375 / day", Charge("Daily fee", "recurring", Decimal("1.375"), "KWD", "day", 1)),
        ("SAR 50 once, Activation fee", Charge("Activation fee", "oneTime", Decimal(50), "SAR")),
        ("SAR 35 once", Charge("One-time price", "oneTime", Decimal(35), "SAR")),
        ("SAR 0.35 per MB, Beyond", Charge("Beyond", "usage", Decimal("0.35"), "SAR", unit="MB")),
        (
            "SAR 60 off / month, Saving [2026-09-01..2027-01-01]",
            Charge("Saving", "discount", Decimal(60), "SAR", "month", 1, start=date(2026, 9, 1), end=date(2027, 1, 1)),
        ),
        (
            "SAR 99 / month, Spring [..2026-06-01]",
            Charge("Spring", "recurring", Decimal(99), "SAR", "month", 1, end=date(2026, 6, 1)),
        ),
    ],
)
def test_a_charge_is_read(text: str, charge: Charge) -> None:
    assert read_charge(text) == charge


@pytest.mark.parametrize(
    "text", ["", "159 SAR / month", "SAR 159", "SAR x / month", "SAR 1 / fortnight", "SAR 5 once, "]
)
def test_what_is_not_a_charge_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a charge"):
        read_charge(text)


def test_allowances_are_read_with_their_units() -> None:
    assert read_allowances("500 MB, unlimited minutes, 7 days") == (
        Characteristic("data_allowance", 500, "MB"),
        Characteristic("voice_minutes", "unlimited"),
        Characteristic("validity_days", 7, "day"),
    )
    assert read_allowances("") == ()


def test_an_unknown_allowance_is_refused() -> None:
    with pytest.raises(ValueError, match="'3 camels' is not an allowance"):
        read_allowances("1 GB, 3 camels")


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("PO-1", Member("PO-1", 1, 1, 1)),
        ("PO-1 0..2", Member("PO-1", 0, 0, 2)),
        ("PO-1 1..5 default 3", Member("PO-1", 1, 3, 5)),
    ],
)
def test_a_member_is_read(text: str, member: Member) -> None:
    assert read_member(text) == member


def test_what_is_not_a_member_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a member"):
        read_member("PO-1 2")


def test_the_embedded_shape_refuses_a_period_it_has_no_word_for() -> None:
    embedded = next(row for row in rows() if row.charge_shape == "embedded")
    with pytest.raises(ValueError, match="every 3 months"):
        write_charges(replace(embedded, charges=(read_charge("SAR 3 / 3 months"),)))
