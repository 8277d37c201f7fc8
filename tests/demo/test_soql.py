"""The little of SOQL that the Salesforce stand-in understands means what it means there."""

from typing import Any

import pytest

from catalog_app.demo.standin.soql import SoqlError, read_query

ROW: dict[str, Any] = {
    "attributes": {"type": "Product2"},
    "Id": "01t1",
    "Name": "O'Hara",
    "IsActive": True,
    "SystemModstamp": "2026-11-01T10:00:00.000+0000",
    "Pricebook2": {"Name": "Standard Price Book"},
}


@pytest.mark.parametrize(
    ("where", "is_kept"),
    [
        ("IsActive = true", True),
        ("IsActive = false", False),
        ("isactive = TRUE AND Id = '01t1'", True),
        ("IsActive = true AND Id = '01t2'", False),
        ("Name = 'O\\'Hara'", True),
        ("SystemModstamp >= 2026-11-01T10:00:00Z", True),
        ("SystemModstamp > 2026-11-01T10:00:00.000Z", False),
        ("SystemModstamp >= 2026-11-01T13:00:00+03:00", True),
        ("Pricebook2.Name = 'Standard Price Book'", True),
        ("Pricebook2.Name != 'Standard Price Book'", False),
    ],
)
def test_a_condition_keeps_the_rows_that_it_is_true_of(where: str, is_kept: bool) -> None:
    query = f"SELECT Id FROM Product2 WHERE {where} ORDER BY Id"  # noqa: S608  # no database is asked
    assert read_query(query).keeps(ROW) is is_kept


def test_only_what_is_selected_is_sent() -> None:
    query = read_query("SELECT Id, Pricebook2.Name FROM Product2")
    assert query.selected(ROW) == {
        "attributes": {"type": "Product2"},
        "Id": "01t1",
        "Pricebook2": {"Name": "Standard Price Book"},
    }


def test_children_and_members_are_queries_of_their_own() -> None:
    query = read_query(
        "SELECT Id, (SELECT UnitPrice FROM PricebookEntries WHERE IsActive = true AND Pricebook2.Name = 'A B')"
        " FROM Product2 WHERE Id IN (SELECT Product2Id FROM PricebookEntry WHERE IsActive = true) ORDER BY Id"
    )
    (children,) = query.children
    assert (query.of, query.fields, query.order) == ("Product2", ("Id",), ("Id",))
    assert (children.of, children.fields, len(children.conditions)) == ("PricebookEntries", ("UnitPrice",), 2)
    assert query.member_of is not None
    assert query.member_of.of == "PricebookEntry"


@pytest.mark.parametrize(
    "text", ["", "DELETE FROM Product2", "SELECT FROM Product2", "SELECT Id FROM Product2 WHERE nonsense"]
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(SoqlError) as refusal:
        read_query(text)
    assert refusal.value.code == "MALFORMED_QUERY"


def test_a_field_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(SoqlError, match="'Colour__c'") as refusal:
        read_query("SELECT Colour__c FROM Product2").selected(ROW)
    assert refusal.value.code == "INVALID_FIELD"
