"""The picker: what can be placed, with what it says now."""

from catalog_app.campaigns.messages.placeholders import placeholders
from catalog_app.products.customers import CustomerFeatures
from tests.campaigns.messages.said import OFFER, promised, text_of


def test_each_placeholder_of_the_picker_says_what_it_shows() -> None:
    promise = promised({**OFFER, "headline": "More"})
    groups = placeholders(promise, CustomerFeatures.of({"first_name": "Sara", "segments": ["family"]}))
    assert [group.key for group in groups] == ["product", "config", "customer", "campaign"]
    for group in groups:
        for one in group.entries:
            assert text_of(one.insert, promise=promise, first_name="Sara", segments=["family"]) == one.value, one.path


def test_the_picker_begins_with_what_messages_usually_say_and_leaves_out_what_is_empty() -> None:
    groups = placeholders(promised(OFFER, short_name=None), CustomerFeatures.of({"zip": "1", "first_name": "Sara"}))
    shown = {group.key: [(one.label, one.value) for one in group.entries] for group in groups}
    assert shown["product"][:2] == [("name", "Flex Postpaid 60 GB"), ("price_formatted", "SAR 149.00")]
    assert "short_name" not in dict(shown["product"])
    features = [(name, value) for name, value in shown["product"] if name.startswith("features.")]
    assert features == [("features.data_gb", "60"), ("features.data_mb", "61,440"), ("features.voice_minutes", "1,000")]
    assert shown["config"][0] == ("price_formatted", "SAR 119.00")
    assert ("valid_to", "31 Dec") in shown["config"]
    assert shown["customer"] == [("first_name", "Sara"), ("zip", "1")]
