"""Customer segments: what they mean, and which were only named by a source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, Sentence, StaleError
from catalog_app.core.json_values import as_json
from catalog_app.core.text import clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.events.service import record_revision, revisions_named
from catalog_app.products.field_types import BlankIsNone, ManyLines, OneLine, PositiveMoney, Said
from catalog_app.products.models import Product, Segment
from catalog_app.products.terms import SEGMENT_KEY

SUBJECT = "segment"
MAX_KEY = 50
# A segment is known by its key, which history keeps as the name; it has no number of its own.
NO_NUMBER = 0


def _key(value: str) -> str:
    if len(value) > MAX_KEY:
        raise ValueError(Sentence("Use at most %(most)s characters.", most=MAX_KEY))
    if not SEGMENT_KEY.fullmatch(value):
        raise ValueError(Sentence("Use small letters, digits and hyphens, such as high-value."))
    return value


class SegmentInput(BaseModel):
    """What people say of a segment. Both ends of its customer values belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, Field(max_length=100), OneLine, Said]
    description: Annotated[Annotated[str, Field(max_length=2000), ManyLines] | None, BlankIsNone] = None
    min_customer_value: Annotated[PositiveMoney | None, BlankIsNone] = None
    max_customer_value: Annotated[PositiveMoney | None, BlankIsNone] = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        low, high = self.min_customer_value, self.max_customer_value
        if low is not None and high is not None and low > high:
            raise ValueError(Sentence("The highest customer value is below the lowest."))
        return self

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return the input checked, or raise RuleError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            errors = errors_by_field(error)
            if "form" in errors:
                errors["max_customer_value"] = errors.pop("form")
            raise RuleError(errors) from None


def all_segments(session: Session) -> Sequence[Segment]:
    """Return every segment, those that nobody has defined first, then by label."""
    return session.scalars(select(Segment).order_by(Segment.is_undefined.desc(), Segment.label, Segment.key)).all()


def undefined_segments(session: Session) -> Sequence[Segment]:
    """Return the segments that a source named and nobody has defined."""
    return session.scalars(select(Segment).where(Segment.is_undefined).order_by(Segment.label, Segment.key)).all()


def segment(session: Session, key: str) -> Segment:
    """Return the segment with this key; raises NotFoundError."""
    # What cannot be a key is not asked for: a NUL is an error to one of the databases.
    found = session.get(Segment, key) if SEGMENT_KEY.fullmatch(key) else None
    if found is None:
        raise NotFoundError(Sentence("There is no segment %(key)s.", key=key))
    return found


def products_by_segment(session: Session) -> Counter[str]:
    """Return how many products name each segment, as meant for it or as excluded. One query."""
    query = select(Product.target_segments, Product.exclude_segments).where(Product.deleted_at.is_(None))
    counts: Counter[str] = Counter()
    for meant, excluded in session.execute(query):
        counts.update({*meant, *excluded})
    return counts


def create_segment(key: str, checked: SegmentInput, *, actor: str) -> Segment:
    """Make a segment. Raises RuleError for its key, or ConflictError where it is taken."""
    try:
        cleaned = _key(clean_line(key))
    except ValueError as error:
        raise RuleError({"key": str(error)}) from None
    made = Segment(key=cleaned, is_undefined=False, **checked.model_dump())
    try:
        with writing() as session:
            session.add(made)
            session.flush()
            changes = {
                name: [None, as_json(value)] for name, value in checked.model_dump().items() if value is not None
            }
            _tell(session, made, changes, action="created", actor=actor)
    except IntegrityError:
        raise ConflictError(Sentence("There is already a segment %(key)s.", key=cleaned)) from None
    return made


def define_segment(key: str, checked: SegmentInput, *, expected_version: int | None, actor: str) -> Segment:
    """Say what a segment means, from now on. One that a source had only named is defined then.

    Raises StaleError where the segment is not at the expected version; None takes whatever stands.
    """
    with writing() as session:
        found = _for_change(session, key, expected_version)
        changes: dict[str, list[Any]] = {}
        for name, value in {**checked.model_dump(), "is_undefined": False}.items():
            before = getattr(found, name)
            if before != value:
                changes[name] = [as_json(before), as_json(value)]
                setattr(found, name, value)
        if changes:
            session.flush()
            _tell(session, found, changes, action="updated", actor=actor)
        return found


def _for_change(session: Session, key: str, expected_version: int | None) -> Segment:
    """Return the segment held for a change; raise StaleError, naming who was first, where it is another version."""
    found = segment(session, key)
    session.refresh(found, with_for_update=True)
    if expected_version is not None and found.version != expected_version:
        told = revisions_named(session, SUBJECT, found.key, limit=1)
        first = told[0].actor if told else "somebody"
        raise StaleError(Sentence("%(who)s changed this segment meanwhile.", who=first), current_version=found.version)
    return found


def find_segment(key: str) -> Segment:
    """Return the segment with this key, for a page; raises NotFoundError."""
    return segment(db.session(), key)


def _tell(session: Session, told: Segment, changes: dict[str, Any], *, action: str, actor: str) -> None:
    record_revision(
        session,
        (SUBJECT, NO_NUMBER, told.key),
        changes,
        version=told.version,
        action=action,
        actor=actor,
        at=utcnow(),
    )
