"""Changes as a page lists them: every word finished, every link known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from catalog_app.accounts import i_may
from catalog_app.accounts.service.users import ids_by_email
from catalog_app.events.diffs import FieldDiff, field_diffs
from catalog_app.events.links import cause_of, subject_url
from catalog_app.events.models import Revision
from catalog_app.events.words import action_words, actor_words, subject_words, system_names

_PERSON = "user:"


@dataclass(frozen=True)
class Link:
    """Words, and where they lead; `url` is None where there is no page, or not for whoever looks."""

    words: str
    url: str | None = None


@dataclass(frozen=True)
class ChangeRow:
    """One change. `cause` is the sync run or the plan of edits that made it together with others."""

    subject: Link
    kind: str
    version: int
    action: str
    lines: Sequence[FieldDiff]
    who: Link
    cause: Link | None
    at: datetime


def change_rows(revisions: Sequence[Revision]) -> list[ChangeRow]:
    """Return revisions as rows. Two queries at most, however many there are."""
    return list(_rows(revisions))


def diffs_of(revision: Revision) -> list[FieldDiff]:
    """Return the lines of a revision; what a product was created with stands on its page."""
    if revision.action == "created":
        return []
    before = {field: sides[0] for field, sides in revision.changes.items()}
    after = {field: sides[1] for field, sides in revision.changes.items()}
    return field_diffs(before, after)


def _rows(revisions: Sequence[Revision]) -> Iterator[ChangeRow]:
    systems, people = system_names(), _people(revisions)
    for revision in revisions:
        name = revision.subject_name
        is_system = revision.subject_type == "external_system"
        yield ChangeRow(
            subject=Link(systems.get(name, name) if is_system else name, subject_url(revision)),
            kind=subject_words(revision.subject_type),
            version=revision.version,
            action=action_words(revision.action, revision.subject_type),
            lines=diffs_of(revision),
            who=Link(actor_words(revision.actor, systems), people.get(revision.actor)),
            cause=_cause(revision),
            at=revision.at,
        )


def _cause(revision: Revision) -> Link | None:
    cause = cause_of(revision)
    if cause is None:
        return None
    if cause.kind == "sync_run":
        return Link(gettext("Run %(run)d", run=cause.number), cause.url)
    return Link(gettext("Edit %(number)d", number=cause.number), cause.url)


def _people(revisions: Sequence[Revision]) -> dict[str, str]:
    """Return the pages of the people who acted, for those who may see them."""
    emails = {revision.actor.removeprefix(_PERSON) for revision in revisions if revision.actor.startswith(_PERSON)}
    if not emails or not i_may("admin"):
        return {}
    ids = ids_by_email(emails)
    return {f"{_PERSON}{email}": url_for("accounts.user", user_id=user_id) for email, user_id in ids.items()}
