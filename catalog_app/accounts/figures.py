"""What a monitoring system is told of people who sign in: let in, refused, or told to wait because they tried too often."""

from typing import Final

from catalog_app.core.metrics import Tally

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
HELD: Final = "held"
SIGN_INS: Final = Tally(
    "catalog_sign_ins", "Attempts to sign in, by what became of them.", "outcome", (ACCEPTED, REFUSED, HELD)
)
