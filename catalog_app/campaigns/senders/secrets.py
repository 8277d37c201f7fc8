"""The secret with which what a campaign sends is signed: made here, kept sealed, shown once."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from catalog_app.campaigns import changes
from catalog_app.campaigns.models import Campaign
from catalog_app.core.clock import utcnow
from catalog_app.core.courier import new_secret
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError, FatalError, Sentence
from catalog_app.core.sealing import NotOurSealError, can_seal, is_newest_seal, seal, unseal

_WITH_SECRET = undefer(Campaign.sender_secret)


def renew_secret(campaign_id: int, *, actor: str) -> str:
    """Sign with a new secret from the next message on, and return it: it cannot be had again.

    Allowed in every state, for a secret that leaked has to be replaced at once. Raises NotFoundError, ConflictError.
    """
    if not can_seal():
        raise ConflictError(Sentence("Nothing can be signed here, because CATALOG_ENCRYPTION_KEYS is not set."))
    now, secret = utcnow(), new_secret()
    with writing() as session:
        campaign = changes.for_change(session, campaign_id, None, now=now)
        campaign.sender_secret = seal(secret)
        changes.write(session, campaign, {}, action="secret rotated", actor=actor, at=now)
    return secret


class SealedSecrets:
    """Seals the secrets of campaigns anew when the key is replaced."""

    def reseal(self, session: Session) -> int:
        """Seal every secret with the first key, inside the caller's transaction; return how many were not.

        Raises FatalError, naming the campaign, for one that no key opens.
        """
        done = 0
        query = select(Campaign).options(_WITH_SECRET).where(Campaign.sender_secret.is_not(None))
        for campaign in session.scalars(query.order_by(Campaign.id).with_for_update()):
            token = campaign.sender_secret or ""
            if is_newest_seal(token):
                continue
            try:
                campaign.sender_secret = seal(unseal(token))
            except NotOurSealError as fault:
                words = "Campaign %(number)s: %(fault)s Nothing was sealed anew."
                raise FatalError(Sentence(words, number=campaign.id, fault=fault)) from None
            done += 1
        return done
