"""Decisions and what became of them, the models learned from them, and how offers are chosen.

A customer stands in these tables only as the hash that the contacts know it by (contacts/customers.py).
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.core.columns import Json, Said
from catalog_app.core.db import Base

# What is told of an offer, and of what a customer has.
SHOWN: Final = "shown"
CLICKED: Final = "clicked"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
HELD: Final = "held"
"""The customer held the product at that moment: a history of holdings, which says nothing of any offer."""
EVENTS: Final = (SHOWN, CLICKED, ACCEPTED, DECLINED, HELD)

# The states of a model version.
CANDIDATE: Final = "candidate"
"""Learned and kept; `reason` says why it does not serve."""
ACTIVE: Final = "active"
FORMER: Final = "former"
"""Served once."""
DAMAGED: Final = "damaged"
"""Its bytes are not those that were learned; it can never serve."""
MODEL_STATUSES: Final = (CANDIDATE, ACTIVE, FORMER, DAMAGED)

# The states of a training.
QUEUED: Final = "queued"
RUNNING: Final = "running"
FINISHED: Final = "finished"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
TRAINING_STATUSES: Final = (QUEUED, RUNNING, FINISHED, FAILED, CANCELLED)

# What an answer rests on, the most that the data allow.
BY_VALUE: Final = "value"
BY_AFFINITY: Final = "affinity"
BY_ACCEPT_RATE: Final = "accept_rate"
BY_FULL_MODEL: Final = "full"
BASES: Final = (BY_VALUE, BY_AFFINITY, BY_ACCEPT_RATE, BY_FULL_MODEL)


class NboSettings(Base):
    """How offers are chosen: one row, which the migration makes."""

    __tablename__ = "nbo_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The factors of a priority that count; one that is off counts 1.
    use_propensity: Mapped[bool]
    use_context: Mapped[bool]
    use_value: Mapped[bool]
    use_levers: Mapped[bool]
    # {"on": false, "uniform": 0.02, "silent": 0.01, "epsilon": ..., ...}: see scoring/exploring.py.
    exploration: Mapped[dict[str, Any]]
    # [{"key", "label", "weights": [{"product_type" | "category" | "product_id", "weight"}]}, ...]
    contexts: Mapped[list[dict[str, Any]]]
    # The product types that are offered to customers who have them already.
    repeatable_types: Mapped[list[str]]
    # How long after it was shown an answer belongs to an offer; how long a declined product is not offered again.
    attribution_days: Mapped[int]
    decline_days: Mapped[int]
    # How far back a training looks, whether there is one each night, at what time (UTC, "03:10"), and whether a model
    # that holds serves at once. A model older than `stale_days` is said to be old.
    window_days: Mapped[int]
    train_nightly: Mapped[bool]
    train_at: Mapped[str] = mapped_column(String(5))
    promote: Mapped[bool]
    stale_days: Mapped[int]
    # The model in use, read with every decision; None as long as nothing was learned.
    active_model: Mapped[int | None]
    updated_at: Mapped[datetime | None]
    updated_by: Mapped[str | None] = mapped_column(String(255))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.


class CandidateSet(Base):
    """Products among which decisions were made: kept once, however many decisions were made among the same."""

    __tablename__ = "nbo_candidate_set"

    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    size: Mapped[int]
    product_ids: Mapped[bytes] = mapped_column(LargeBinary)
    last_used: Mapped[datetime]

    __table_args__ = (Index(None, "last_used"),)


class Decision(Base):
    """One answer of what to offer, written before it was given, with all that is needed to judge it later."""

    __tablename__ = "nbo_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    decided_at: Mapped[datetime]
    # None where nobody said who it is.
    customer: Mapped[str | None] = mapped_column(String(CUSTOMER_LENGTH))
    channel: Mapped[str | None] = mapped_column(String(20))
    context: Mapped[str | None] = mapped_column(String(50))
    features: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    # Numbers of the products that the customer has, as far as they are ours.
    owned: Mapped[list[int] | None] = mapped_column(Json, deferred=True)
    # The products that could have been offered (nbo_candidate_set), and how many there were.
    candidate_set: Mapped[str] = mapped_column(String(32))
    eligible: Mapped[int]
    # None where no model was asked; `basis` says on what the answer rests.
    model_version: Mapped[int | None]
    basis: Mapped[str] = mapped_column(String(20))
    arm: Mapped[str | None] = mapped_column(String(20))
    # What every random choice of this decision came from.
    seed: Mapped[int] = mapped_column(BigInteger)
    # Best first, each as decisions/writing.offer_row writes it.
    offers: Mapped[list[dict[str, Any]]]
    # With which probability the policy chose the first of the offers; 1 where nothing is left to chance.
    probability: Mapped[float] = mapped_column(Float)
    asked_by: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (
        Index(None, "customer", "decided_at"),
        Index(None, "decided_at"),
        Index(None, "candidate_set"),
        {"sqlite_autoincrement": True},
    )


class FeedbackEvent(Base):
    """Something that was told: an offer was shown, clicked, accepted or declined, or a customer holds a product."""

    __tablename__ = "nbo_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The caller's own number of it: told twice, it is recorded once.
    event_id: Mapped[str] = mapped_column(String(100), unique=True)
    customer: Mapped[str] = mapped_column(String(CUSTOMER_LENGTH))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    event: Mapped[str] = mapped_column(String(10))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    channel: Mapped[str | None] = mapped_column(String(20))
    # What it answers: told, or found (attribution). No foreign keys: decisions are purged, campaigns live above.
    decision_id: Mapped[int | None]
    delivery_id: Mapped[int | None]
    features: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    owned: Mapped[list[int] | None] = mapped_column(Json, deferred=True)
    # With which probability the offer was chosen, where another system decided and says so.
    probability: Mapped[float | None] = mapped_column(Float)

    __table_args__ = (
        Index(None, "customer", "product_id", "occurred_at"),
        Index(None, "occurred_at", "id"),
        Index(None, "decision_id"),
        Index(None, "product_id"),
        {"sqlite_autoincrement": True},
    )


class ModelVersion(Base):
    """A model as it was learned: its bytes, what it was learned from, and how good it was."""

    __tablename__ = "nbo_model"

    version: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    # Why it serves, or does not.
    reason: Mapped[str | None] = mapped_column(Said)
    basis: Mapped[str] = mapped_column(String(20))
    trained_at: Mapped[datetime]
    trained_by: Mapped[str] = mapped_column(String(255))
    # The first and the last moment of what it was learned from, and how much that was.
    data_from: Mapped[datetime | None]
    data_until: Mapped[datetime | None]
    customers: Mapped[int]
    impressions: Mapped[int]
    acceptances: Mapped[int]
    products: Mapped[int]
    seconds: Mapped[float] = mapped_column(Float)
    # Settings, and the figures of the self-check with the points of its charts.
    settings: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    artefact: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (Index(None, "status"), {"sqlite_autoincrement": True})


class Training(Base):
    """One request to learn anew: who asked, up to which moment, how it stands, and what came of it."""

    __tablename__ = "nbo_training"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    requested_by: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[datetime]
    # What happened from this moment on is not looked at; None is the moment at which it begins.
    until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    # What it is doing, while it runs.
    step: Mapped[str | None] = mapped_column(String(40))
    model_version: Mapped[int | None]
    # What came of it, or what went wrong, in words.
    outcome: Mapped[str | None] = mapped_column(Said)

    # Who works on it now. The number rises with every claim: one that was thought dead finds it gone, writes nothing.
    lease_holder: Mapped[str | None] = mapped_column(String(255))
    lease_expires_at: Mapped[datetime | None]
    lease_number: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "ix_nbo_training_open",
            "status",
            sqlite_where=text("status IN ('queued', 'running')"),
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        {"sqlite_autoincrement": True},
    )
