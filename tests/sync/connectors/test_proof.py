from catalog_app.sync.connectors.proof import SeenRecords, Sight


def test_a_hundred_thousand_ids_are_told_apart_in_a_few_megabytes() -> None:
    seen = SeenRecords()
    assert {seen.add(f"PO-{number}", "x") for number in range(100_000)} == {Sight.NEW}
    assert {seen.add(f"PO-{number}", "x") for number in range(100_000)} == {Sight.SAME}
    assert seen.memory < 5_000_000


def test_the_last_content_of_an_id_is_the_one_that_counts() -> None:
    seen = SeenRecords()
    assert [seen.add("A", content) for content in "xyyx"] == [Sight.NEW, Sight.CHANGED, Sight.SAME, Sight.CHANGED]
