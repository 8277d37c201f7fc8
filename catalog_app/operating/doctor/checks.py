"""Every check, in the order in which faults are told: what keeps the others from working comes first."""

from typing import Final

from catalog_app.operating.doctor import contents_checks as contents
from catalog_app.operating.doctor import database_checks as database
from catalog_app.operating.doctor import machine_checks as machine
from catalog_app.operating.doctor import settings_checks as said
from catalog_app.operating.doctor.ground import Check

CHECKS: Final[tuple[Check, ...]] = (
    Check(database.database_silent),
    Check(database.schema, "database"),
    Check(machine.libraries_too_old),
    Check(machine.front_end_files),
    Check(said.unknown_variables),
    Check(said.no_encryption_keys),
    Check(said.weak_secret_key),
    Check(said.demo_settings_left),
    Check(said.public_address),
    Check(said.hsts_without_tls),
    Check(said.proxy_not_trusted),
    Check(said.mail_without_sender),
    Check(said.sources_on_this_machine),
    Check(machine.files_open_to_others),
    Check(machine.disk_nearly_full),
    Check(machine.sqlite_in_a_network_folder),
    Check(machine.limits_counted_apart),
    Check(machine.limits_not_counted),
    Check(machine.metrics_not_shared),
    Check(machine.metrics_folder),
    Check(machine.broker_away),
    Check(machine.replica_away),
    Check(machine.provider_away),
    Check(database.sqlite_without_log, "database"),
    Check(database.postgresql_too_old, "database"),
    Check(database.postgresql_without_trigrams, "database"),
    Check(database.postgresql_without_letters, "database"),
    Check(database.too_few_connections, "database"),
    Check(database.clocks_apart, "database"),
    Check(contents.nobody_beats, "schema"),
    Check(contents.no_admin, "schema"),
    Check(contents.demo_account, "schema"),
    Check(contents.closed_secrets, "schema"),
    Check(contents.unset_variables, "schema"),
    Check(contents.sources_out_of_reach, "schema"),
    Check(contents.sources_in_clear, "schema"),
    Check(contents.old_catalogues, "schema"),
    Check(contents.mails_without_server, "schema"),
    Check(contents.dead_messages, "schema"),
    Check(contents.answers_outlive_decisions, "schema"),
)
