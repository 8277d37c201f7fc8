"""Where the things that history tells of have their pages: asked here, answered by app.py, which sees every room."""

from dataclasses import dataclass
from typing import Protocol

from catalog_app.core.wiring import providers
from catalog_app.events.models import Revision


class SubjectPages(Protocol):
    """Knows the page of a thing by its type and number, or by its name where it has no number."""

    def __call__(self, subject_type: str, subject_id: int, name: str) -> str | None: ...


def subject_url(revision: Revision) -> str | None:
    """Return the page of what a revision is about; None where it has none. A deleted product is restored on its page."""
    return page_of(revision.subject_type, revision.subject_id, revision.subject_name)


@dataclass(frozen=True)
class Cause:
    """What made a change together with others: a sync run, or a plan of edits; its page, where it has one."""

    kind: str
    number: int
    url: str | None


def cause_of(revision: Revision) -> Cause | None:
    """Return the sync run or the plan of edits that made the change, if one did."""
    for kind, number in (("sync_run", revision.run_id), ("edit_plan", revision.edit_plan_id)):
        if number is not None:
            return Cause(kind, number, page_of(kind, number, ""))
    return None


def run_url(revision: Revision) -> str | None:
    """Return the page of the sync run that made the change, if one did."""
    return None if revision.run_id is None else page_of("sync_run", revision.run_id, "")


def page_of(subject_type: str, subject_id: int, name: str) -> str | None:
    """Return the first page that anybody knows of this thing."""
    for pages in providers(SubjectPages):
        if (url := pages(subject_type, subject_id, name)) is not None:
            return url
    return None
