"""How a campaign moves: which state may follow which, what the clock brings, and what may be changed when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import ColumnElement, case, literal, or_

from catalog_app.campaigns.models import ACTIVE, COMPLETED, DRAFT, LIVE, PAUSED, SCHEDULED, Campaign
from catalog_app.campaigns.schema import ALWAYS
from catalog_app.core.errors import ConflictError, Sentence


class Timed(Protocol):
    """What the clock reads of a campaign; the model satisfies it, and so does any record with these fields."""

    @property
    def status(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Move:
    """Something a person does to a campaign: from which states, and how history calls it."""

    name: str
    action: str
    starts_from: tuple[str, ...]


ACTIVATE: Final = Move("activate", "activated", (DRAFT, PAUSED))
PAUSE: Final = Move("pause", "paused", (SCHEDULED, ACTIVE))
RESUME: Final = Move("resume", "resumed", (PAUSED,))
COMPLETE: Final = Move("complete", "completed", (SCHEDULED, ACTIVE, PAUSED))
DELETE: Final = Move("delete", "deleted", (DRAFT, COMPLETED))
MOVES: Final = (ACTIVATE, PAUSE, RESUME, COMPLETE, DELETE)

CHANGEABLE: Final = (DRAFT, PAUSED)
"""In these states the content of a campaign may change; what runs stays what was approved."""


def status_at(campaign: Timed, now: datetime) -> str:
    """Return the status of a campaign at a moment: it begins and ends by the clock, whether or not anybody noted it."""
    if campaign.status in LIVE and campaign.ends_at is not None and now >= campaign.ends_at:
        return COMPLETED
    if campaign.status == SCHEDULED and (campaign.starts_at is None or now >= campaign.starts_at):
        return ACTIVE
    return campaign.status


def status_sql(now: datetime) -> ColumnElement[str]:
    """Return the same as an expression over campaigns."""
    has_ended = Campaign.status.in_(LIVE) & (Campaign.ends_at <= now)
    has_begun = (Campaign.status == SCHEDULED) & or_(Campaign.starts_at.is_(None), Campaign.starts_at <= now)
    return case((has_ended, literal(COMPLETED)), (has_begun, literal(ACTIVE)), else_=Campaign.status)


def status_once_active(campaign: Timed, now: datetime) -> str:
    """Return what an activated campaign is: active, or scheduled until its start."""
    return SCHEDULED if campaign.starts_at is not None and now < campaign.starts_at else ACTIVE


def moves_from(status: str) -> tuple[Move, ...]:
    """Return what a person may do with a campaign in this state."""
    return tuple(move for move in MOVES if status in move.starts_from)


def check_move(move: Move, status: str) -> None:
    """Raise ConflictError where a campaign in this state does not move so."""
    if status not in move.starts_from:
        raise ConflictError(
            Sentence(
                "A campaign that is %(status)s is not %(action)s; only one that is %(allowed)s.",
                status=status,
                action=move.action,
                allowed=" or ".join(move.starts_from),
            )
        )


def check_change(status: str, fields: Collection[str]) -> None:
    """Raise ConflictError where one of these fields may not change in this state."""
    if status not in CHANGEABLE and (content := sorted(set(fields) - ALWAYS)):
        raise ConflictError(
            Sentence(
                "A campaign that is %(status)s keeps its %(field)s; pause it first, or make a copy.",
                status=status,
                field=content[0],
            )
        )
