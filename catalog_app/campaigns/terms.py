"""The closed lists of a campaign: short strings, checked here and nowhere else."""

from typing import Literal, get_args

Status = Literal["draft", "scheduled", "active", "paused", "completed"]
WithdrawalPolicy = Literal["stop", "hold", "successor", "last_snapshot"]
SenderName = Literal["outbox", "webhook", "smtp", "log"]

SENDER_NAMES: tuple[str, ...] = get_args(SenderName)

CATALOG = "system:catalog"
"""The actor of what the service does by itself: it begins and ends campaigns, and follows what becomes of products."""

# Why a campaign stands as it does where nobody chose it (`status_reason`); everything else there is a person's words.
BECAUSE_BEGUN = "begun"
BECAUSE_ENDED = "ended"
BECAUSE_WITHDRAWN = "withdrawn"
BECAUSE_GONE = "address_gone"
OWN_REASONS: tuple[str, ...] = (BECAUSE_BEGUN, BECAUSE_ENDED, BECAUSE_WITHDRAWN, BECAUSE_GONE)
