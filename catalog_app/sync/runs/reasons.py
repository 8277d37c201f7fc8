"""Why a plan is held and whether its listing is complete, taken apart for pages to draw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import format_decimal, gettext, ngettext

from catalog_app.sync.models import SyncRun

# What a guard is about, by the words that only its sentence has: plans of old kept the sentence alone.
_SUBJECTS = ("offered", "change", "rejected")
_SUBJECT_OF = {"withdraw": "offered", "change": "change", "reject": "rejected", "empty": "empty"}
_AGAINST_GUARD = re.compile(r"(?P<percent>\d+(?:\.\d+)?) %, the guard is (?P<limit>\d+) %\.$")


@dataclass(frozen=True)
class HeldReason:
    """One guard that holds a plan: its sentence and, where it is about a share, the share and its limit in percent."""

    sentence: str
    percent: float | None = None
    limit: float | None = None
    guard: str | None = None

    @property
    def subject(self) -> str:
        """Return what the guard is about: offered, change or rejected; "empty" where no share is told."""
        if self.guard is not None:
            return _SUBJECT_OF[self.guard]
        if self.percent is None:
            return "empty"
        return next((word for word in _SUBJECTS if word in self.sentence.partition(":")[0].rsplit(" ", 2)[-1]), "other")

    @property
    def scale(self) -> int:
        """Return the end of the scale on which both figures are drawn."""
        most = max(self.percent or 0, self.limit or 0) * 1.5
        return next((end for end in (10, 20, 30, 50) if most <= end), 100)


def held_reasons(run: SyncRun) -> list[HeldReason]:
    """Return what holds the plan, in the order in which the guards spoke."""
    return [
        _held(words)
        if isinstance(reason, str)
        else HeldReason(words, reason["percent"], reason["limit"], reason["guard"])
        for reason, words in zip(run.held_because, run.held_in_words, strict=True)
    ]


@dataclass(frozen=True)
class Proof:
    """One thing that speaks for or against a complete listing; None where the source does not say."""

    is_good: bool | None
    label: str
    finding: str


def proofs(run: SyncRun) -> list[Proof]:
    """Return what is known of the listing once it has been read; nothing before that."""
    return [*_proofs(run)] if run.complete is not None else []


def _proofs(run: SyncRun) -> Iterator[Proof]:
    if run.complete:
        yield Proof(is_good=True, label=gettext("Read to the end"), finding=_pages(run))
        yield Proof(is_good=True, label=gettext("Repeated pages"), finding=gettext("none"))
    else:
        for reason in run.proof:
            yield Proof(is_good=False, label=reason[:1].upper() + reason[1:], finding="")
        yield Proof(is_good=None, label=gettext("Pages read"), finding=_pages(run))
    yield _total(run)
    retries = gettext("none") if not run.retries else _figure(run.retries)
    yield Proof(is_good=True if not run.retries else None, label=gettext("Retries"), finding=retries)


def _total(run: SyncRun) -> Proof:
    label = gettext("Total promised")
    if run.expected_total is None:
        return Proof(is_good=None, label=label, finding=gettext("the source names none"))
    promised = _figure(run.expected_total)
    if run.expected_total == run.fetched:
        return Proof(is_good=True, label=label, finding=gettext("%(promised)s, as read", promised=promised))
    found = gettext("%(promised)s, but %(read)s came", promised=promised, read=_figure(run.fetched))
    return Proof(is_good=False, label=label, finding=found)


def _pages(run: SyncRun) -> str:
    pages = ngettext("%(pages)s page", "%(pages)s pages", run.pages, pages=_figure(run.pages))
    rows = ngettext("%(rows)s row", "%(rows)s rows", run.fetched, rows=_figure(run.fetched))
    return f"{pages}, {rows}"


def _held(sentence: str) -> HeldReason:
    found = _AGAINST_GUARD.search(sentence)
    if found is None:
        return HeldReason(sentence)
    return HeldReason(sentence, float(found["percent"]), int(found["limit"]))


def _figure(number: int) -> str:
    return str(format_decimal(number))
