"""The behaviours that a sync has to show, and for which presets: one table, which docs/sync.md prints.

A behaviour is one test function. It runs for every counterpart but those that `without` names with the reason. What does
not depend on the preset stands in ELSEWHERE with the test that shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog_app.sync.connectors.preset import load_preset

from .counterparts import COUNTERPARTS

NAMES = tuple(counterpart.name for counterpart in COUNTERPARTS)
BOTH_DATABASES = ("tmf620", "salesforce")

_ONE_ANSWER = {"killbill": "one answer holds everything"}
_NO_TOTAL = dict.fromkeys(("killbill", "chargebee", "hubspot", "odoo", "stripe"), "the system tells no total")
_FIXED = dict.fromkeys(
    ("killbill", "chargebee", "hubspot", "odoo", "stripe", "lago"), "its credentials cannot be renewed"
)
_NO_LINK = {
    **_ONE_ANSWER,
    **dict.fromkeys(("tmf620", "chargebee", "hubspot", "odoo", "stripe", "lago"), "its pages are not found by links"),
}
_NOT_JOINED = {name: "its prices come with its products" for name in NAMES if name not in {"chargebee", "stripe"}}
_NUMBERED = dict.fromkeys(("hubspot", "odoo", "lago"), "its ids are numbers or UUIDs")
_READ_ALIKE = dict.fromkeys(
    ("tmf620 with links", "hubspot", "odoo", "stripe", "lago"),
    "its answers are read by the same code as those of the others",
)
# What runs write does not depend on how the same preset finds its next page.
_SAME_PRESET = {"tmf620 with links": "the same preset as tmf620"}
_NO_CHANGES = {
    counterpart.name: "the system cannot be asked for its changes alone"
    for counterpart in COUNTERPARTS
    if not load_preset(counterpart.preset).is_incremental
}


@dataclass(frozen=True)
class Behaviour:
    """What is shown, by which test of this folder, and why not for some presets."""

    words: str
    module: str
    test: str
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def presets(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if name not in self.without)

    def databases(self, preset: str) -> tuple[str, ...]:
        """Return the databases on which a behaviour that needs one runs for a preset."""
        return ("sqlite", "postgresql") if preset in BOTH_DATABASES else ("sqlite",)


def behaviour_of(module: str, test: str) -> Behaviour | None:
    return _BY_TEST.get((module, test))


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("all pages once", "test_listing", "test_every_page_is_read_once_and_the_listing_is_proved_complete"),
    Behaviour(
        "last page exactly full", "test_listing", "test_a_last_page_that_is_exactly_full_is_the_end", _ONE_ANSWER
    ),
    Behaviour("empty catalogue", "test_listing", "test_an_empty_catalogue_is_read_as_one"),
    Behaviour(
        "page order shifting",
        "test_listing",
        "test_a_shifting_order_loses_no_product_from_a_complete_listing",
        _ONE_ANSWER,
    ),
    Behaviour(
        "rows inserted while reading", "test_listing", "test_a_row_inserted_while_reading_loses_no_product", _ONE_ANSWER
    ),
    Behaviour(
        "rows removed while reading",
        "test_listing",
        "test_a_row_removed_while_reading_loses_no_product_from_a_complete_listing",
        _ONE_ANSWER,
    ),
    Behaviour("repeated page", "test_listing", "test_a_repeated_page_makes_the_listing_incomplete", _ONE_ANSWER),
    Behaviour(
        "offset or cursor ignored",
        "test_listing",
        "test_a_source_that_ignores_the_offset_ends_the_reading_and_proves_nothing",
        _ONE_ANSWER,
    ),
    Behaviour(
        "page size lowered by the server",
        "test_listing",
        "test_a_page_size_that_the_server_lowers_loses_nothing",
        _ONE_ANSWER,
    ),
    Behaviour("total 0 or wrong", "test_listing", "test_a_total_that_lies_makes_the_listing_incomplete", _NO_TOTAL),
    Behaviour("total absent", "test_listing", "test_a_total_that_is_not_told_is_not_missed", _NO_TOTAL),
    Behaviour(
        "half a listing that looks whole", "test_listing", "test_half_a_listing_that_looks_whole_is_read_as_it_is"
    ),
    Behaviour("deletions", "test_listing", "test_deleted_products_are_told_by_a_flag_or_by_their_absence"),
    Behaviour("retirement", "test_listing", "test_a_retired_product_is_not_launched"),
    Behaviour(
        "joined listing fails", "test_listing", "test_a_joined_listing_that_misbehaves_costs_no_price", _NOT_JOINED
    ),
    Behaviour(
        "401 mid-run renewed once",
        "test_refusals",
        "test_access_that_expires_mid_run_is_renewed_once_and_the_same_page_read_again",
        _FIXED,
    ),
    Behaviour("401 mid-run refused", "test_refusals", "test_access_that_is_refused_mid_run_ends_the_run", _ONE_ANSWER),
    Behaviour("login refused", "test_refusals", "test_credentials_that_are_refused_end_the_run"),
    Behaviour("429 in three forms", "test_refusals", "test_a_429_is_waited_out_in_each_of_its_forms"),
    Behaviour("5xx once", "test_refusals", "test_a_server_error_that_passes_is_tried_again"),
    Behaviour("5xx for ever", "test_refusals", "test_a_server_error_for_ever_ends_the_run_after_four_tries"),
    Behaviour(
        "truncated body, connection reset", "test_refusals", "test_a_connection_that_breaks_off_each_time_ends_the_run"
    ),
    Behaviour("slow page", "test_refusals", "test_a_page_that_takes_too_long_is_given_up"),
    Behaviour(
        "HTML with 200, error object with 200, null, wrong encoding",
        "test_hostile",
        "test_an_answer_that_is_no_page_of_records_ends_the_run",
    ),
    Behaviour("NaN", "test_hostile", "test_a_price_that_is_no_number_ends_the_run"),
    Behaviour("gzip bomb, huge body", "test_hostile", "test_a_bomb_and_a_huge_body_end_the_run"),
    Behaviour("endless drip", "test_hostile", "test_an_endless_drip_ends_with_its_deadline"),
    Behaviour(
        "bomb, huge body and drip: memory",
        "test_memory",
        "test_a_bomb_a_flood_and_a_drip_cost_little_memory",
        _READ_ALIKE,
    ),
    Behaviour("redirect elsewhere", "test_hostile", "test_a_redirect_is_not_followed"),
    Behaviour("next link elsewhere", "test_hostile", "test_a_next_link_to_another_host_is_not_followed", _NO_LINK),
    Behaviour(
        "a product arrives whole", "test_records", "test_a_product_arrives_with_its_name_price_currency_and_status"
    ),
    Behaviour(
        "currency exponents",
        "test_records",
        "test_an_amount_has_the_decimals_of_its_currency",
        {"hubspot": "its prices are in the one currency of the account"},
    ),
    Behaviour("duplicate ids", "test_records", "test_an_id_with_two_contents_is_rejected_twice_and_taken_never"),
    Behaviour(
        "near-duplicate ids: case", "test_records", "test_ids_that_differ_in_case_alone_are_two_products", _NUMBERED
    ),
    Behaviour(
        "near-duplicate ids: invisible signs",
        "test_records",
        "test_ids_that_differ_in_what_nobody_sees_are_one",
        _NUMBERED,
    ),
    Behaviour("missing ids", "test_records", "test_a_record_without_an_id_is_rejected_and_nothing_is_proved"),
    Behaviour("wrong types", "test_records", "test_a_field_of_the_wrong_type_sets_its_record_aside_alone"),
    Behaviour("huge and negative prices", "test_records", "test_a_negative_or_huge_price_sets_its_record_aside"),
    Behaviour("NUL, surrogates", "test_records", "test_text_that_no_database_takes_sets_its_record_aside"),
    Behaviour("bidirectional text", "test_records", "test_text_that_reads_backwards_is_kept_as_it_is"),
    Behaviour("odd dates, clock ahead", "test_records", "test_a_clock_that_is_wrong_at_the_source_stops_no_record"),
    Behaviour("first run, on the database", "test_catalogue", "test_a_first_run_brings_every_product", _SAME_PRESET),
    Behaviour("second run writes nothing", "test_catalogue", "test_a_second_run_writes_nothing", _SAME_PRESET),
    Behaviour(
        "local edits survive",
        "test_catalogue",
        "test_an_edit_by_a_person_survives_and_becomes_a_conflict_when_the_source_moves",
        _SAME_PRESET,
    ),
    Behaviour(
        "a changed price", "test_catalogue", "test_a_changed_price_arrives_and_nothing_else_is_written", _SAME_PRESET
    ),
    Behaviour(
        "gone, and back", "test_catalogue", "test_a_product_that_is_gone_is_not_offered_and_comes_back", _SAME_PRESET
    ),
    Behaviour(
        "more products than before",
        "test_catalogue",
        "test_one_page_more_than_before_is_read_in_the_next_run",
        _SAME_PRESET,
    ),
    Behaviour(
        "empty or half a catalogue waits",
        "test_catalogue",
        "test_a_listing_that_lost_too_much_waits_for_a_person",
        _SAME_PRESET,
    ),
    Behaviour(
        "a fifth retired waits",
        "test_catalogue",
        "test_a_fifth_of_the_products_retired_waits_for_a_person",
        _SAME_PRESET,
    ),
    Behaviour(
        "nothing withdrawn by a bad listing",
        "test_catalogue",
        "test_a_listing_that_cannot_be_trusted_withdraws_nothing",
        {**_ONE_ANSWER, **_SAME_PRESET},
    ),
    Behaviour(
        "changes alone",
        "test_catalogue",
        "test_an_incremental_run_reads_what_changed_and_misses_nothing",
        _NO_CHANGES,
    ),
    Behaviour(
        "changes alone, clock ahead",
        "test_catalogue",
        "test_a_clock_that_is_ahead_at_the_source_hides_no_later_change",
        _NO_CHANGES,
    ),
)

_KINTO, _DATASETTE = "tests/sync/contract/test_kinto.py", "tests/sync/contract/test_datasette.py"

ELSEWHERE: tuple[tuple[str, str], ...] = (
    (
        "kill -9 at any moment, and restart",
        "tests/sync/test_kill.py::test_a_sync_that_is_killed_never_leaves_a_mixed_catalogue",
    ),
    ("an interrupted run", "tests/sync/test_lease.py::test_an_interrupted_run_is_marked_and_the_next_one_completes"),
    ("two starts at once", "tests/sync/test_lease.py::test_a_second_start_while_a_run_goes_on_is_told_which_run"),
    ("many starts at once", "tests/sync/test_lease.py::test_many_starts_at_once_apply_the_listing_once"),
    (
        "a frozen holder",
        "tests/sync/test_lease.py::test_a_lease_that_ran_out_is_taken_over_and_the_late_holder_writes_nothing",
    ),
    (
        "100,000 products in bounded memory (Datasette)",
        f"{_DATASETTE}::test_a_hundred_thousand_products_are_read_to_the_end_in_bounded_memory",
    ),
    ("pages by Link header, changes alone (Datasette)", f"{_DATASETTE}::test_changes_since_a_moment_come_alone"),
    ("pages by a token header (Kinto)", f"{_KINTO}::test_every_page_of_kinto_is_read_by_its_token_header"),
    (
        "changes alone, with tombstones (Kinto)",
        f"{_KINTO}::test_changes_since_a_moment_come_alone_with_a_tombstone_for_what_is_gone",
    ),
    ("equal content, equal fingerprint (Kinto)", f"{_KINTO}::test_kinto_names_the_same_content_the_same_each_time"),
)

_BY_TEST = {(behaviour.module, behaviour.test): behaviour for behaviour in BEHAVIOURS}
