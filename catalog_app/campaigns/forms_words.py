"""The words that the pages have for the short strings of a campaign: its states, its policies and its senders."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

STATUS_WORDS: Mapping[str, Any] = {
    "draft": lazy_gettext("Draft"),
    "scheduled": lazy_gettext("Scheduled"),
    "active": lazy_gettext("Active"),
    "paused": lazy_gettext("Paused"),
    "completed": lazy_gettext("Completed"),
}
POLICIES: Mapping[str, Any] = {
    "hold": lazy_gettext("Hold until it is back"),
    "successor": lazy_gettext("Use its successor"),
    "stop": lazy_gettext("End the campaign"),
    "last_snapshot": lazy_gettext("Keep the last offer"),
}
SENDERS: Mapping[str, Any] = {
    "outbox": lazy_gettext("The campaign engine"),
    "webhook": lazy_gettext("A webhook"),
    "smtp": lazy_gettext("The mail server"),
    "log": lazy_gettext("The log, to try it"),
}
EVENTS: Mapping[str, Any] = {
    "recharge": lazy_gettext("Recharge"),
    "low_balance": lazy_gettext("Balance is low"),
    "data_used_up": lazy_gettext("Data is used up"),
    "churn_risk": lazy_gettext("May leave"),
    "contract_ending": lazy_gettext("Contract ends soon"),
    "birthday": lazy_gettext("Birthday"),
    "joined": lazy_gettext("Has joined"),
    "roaming": lazy_gettext("Is abroad"),
}
"""What engines often report; any other name is as good."""
