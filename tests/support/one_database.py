"""Which tests look at one database, half of them at each, because what they are about is above it.

Pages, forms, commands and the outside of the JSON API say the same on SQLite and on PostgreSQL; what differs between
the two lies below, and has tests that always run on both. Which of the two a test looks at follows from its name, so
it never changes. `EVERY_DATABASE=1` runs all on both.
"""

import os
from zlib import crc32

import pytest

ON_ONE = (
    "tests/accounts/", "tests/core/test_languages.py", "tests/core/test_catalogue.py", "tests/campaigns/pages/", "tests/dashboard/", "tests/events/test_activity.py",
    "tests/events/test_diffs.py", "tests/edits/pages/", "tests/products/api/test_access.py", "tests/products/api/test_hostile.py",
    "tests/products/pages/", "tests/edits/imports/test_pages.py", "tests/edits/imports/test_commands.py",
    "tests/edits/imports/test_rows.py", "tests/sync/pages/", "tests/sync/systems/test_system_api.py",
    "tests/sync/systems/test_system_cli.py", "tests/sync/systems/test_system_pages.py", "tests/sync/systems/test_settings.py",
    "tests/sync/test_api.py", "tests/sync/test_cli.py", "tests/openapi/", "tests/products/api/test_earlier.py",
    "tests/products/api/test_verdicts.py", "tests/tmforum/test_recommendations.py", "tests/tmforum/test_hub.py",
    "tests/tmforum/test_specifications.py", "tests/tmforum/test_categories.py", "tests/tmforum/test_hostile.py", "tests/events/webhooks/test_api.py", "tests/events/webhooks/test_cli.py", "tests/events/webhooks/test_pages.py",
    "tests/doors/test_bodies.py", "tests/doors/test_finish.py", "tests/doors/test_limits.py", "tests/doors/test_metrics.py",
    "tests/doors/test_problem_codes.py", "tests/hostile/test_slow_clients.py", "tests/hostile/test_malformed.py", "tests/sync/schedule/test_heartbeat.py::test_the_scheduler_command_works", "tests/tmforum/test_rules.py",
    "tests/products/api/test_problems.py", "tests/products/api/test_items.py", "tests/products/api/test_past.py",
    "tests/sync/contract/test_catalogue.py", "tests/sync/systems/test_secrets.py", "tests/sync/schedule/test_backoff.py",
    "tests/sync/test_files.py", "tests/sync/schedule/test_steady.py", "tests/sync/test_states.py", "tests/sync/engine/test_decisions.py",
    "tests/events/webhooks/test_delivering.py", "tests/doors/test_token_cache.py", "tests/products/api/test_lists.py",
    "tests/products/api/test_available.py", "tests/sync/test_runs.py", "tests/sync/schedule/test_rows.py",
    "tests/sync/test_ownership.py", "tests/products/test_service.py", "tests/contacts/test_pages.py", "tests/contacts/test_api.py",
    "tests/campaigns/senders/test_smtp.py", "tests/campaigns/senders/test_webhook.py", "tests/campaigns/deliveries/", "tests/campaigns/results/test_coverage.py", "tests/demo/test_campaigns.py", "tests/campaigns/results/test_pages.py", "tests/campaigns/delivered/", "tests/recommendations/batches/test_files.py", "tests/recommendations/batches/test_api.py", "tests/recommendations/test_cli.py", "tests/recommendations/training/test_kill.py", "tests/recommendations/feedback/test_feedback_api.py", "tests/recommendations/test_settings.py", "tests/recommendations/pages/", "tests/recommendations/decisions/test_deciding.py",
    "tests/operating/test_commands.py", "tests/operating/test_backups.py::test_a_damaged", "tests/operating/test_backups.py::test_the_",
    "tests/campaigns/api/", "tests/campaigns/triggering/test_api.py", "tests/campaigns/results/test_api.py",
    # What a kill leaves of a transaction `make torture` shows on both, a hundred times.
    "tests/campaigns/triggering/test_kill.py", "tests/edits/test_interruptions.py", "tests/sync/test_kill.py",
)  # fmt: skip
DATABASES = ("sqlite", "postgresql")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("EVERY_DATABASE"):
        return
    elsewhere = [item for item in items if item.nodeid.startswith(ON_ONE) and _is_for_the_other(item)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        left_out = set(elsewhere)
        items[:] = [item for item in items if item not in left_out]


def _is_for_the_other(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database_url") if callspec else None
    if database not in DATABASES:
        return False
    name = "".join(part for part in item.nodeid.replace("[", "-").replace("]", "-").split("-") if part != database)
    chosen: str = DATABASES[crc32(name.encode()) % 2]
    return bool(chosen != database)
