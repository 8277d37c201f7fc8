"""Who is held out of a campaign, to compare with: decided by who they are, so that nobody is ever in and then out."""

from decimal import Decimal
from hashlib import sha256

_PARTS = 1 << 32


def is_held_out(customer: str, campaign_id: int, percent: Decimal) -> bool:
    """Return whether a customer (a hash) is in the control group of a campaign.

    A larger share holds out those of a smaller one and others; in another campaign it is others again.
    """
    if percent <= 0:
        return False
    digest = sha256(f"{campaign_id}:{customer}".encode()).digest()
    return int.from_bytes(digest[:4], "big") * 100 < percent * _PARTS
