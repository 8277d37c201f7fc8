"""What people call the moves of a campaign: the verb of a button, the question, and what is said once it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

COPY = "copy"


@dataclass(frozen=True)
class MoveWords:
    verb: Any
    icon: str
    note: Any = None


MOVE_WORDS: Mapping[str, MoveWords] = {
    "activate": MoveWords(lazy_gettext("Activate"), "player-play"),
    "resume": MoveWords(lazy_gettext("Resume"), "player-play"),
    "pause": MoveWords(lazy_gettext("Pause"), "player-pause"),
    "complete": MoveWords(lazy_gettext("End it"), "check", lazy_gettext("For good; its results stay")),
    COPY: MoveWords(lazy_gettext("Copy"), "copy", lazy_gettext("A draft of yours that says the same")),
    "delete": MoveWords(lazy_gettext("Delete"), "trash", lazy_gettext("What it delivered stays on record")),
}


def question(move: str, name: str) -> str:
    """Return what is asked before the move."""
    asked = {
        "activate": gettext("Activate %(name)s?", name=name),
        "resume": gettext("Resume %(name)s?", name=name),
        "pause": gettext("Pause %(name)s?", name=name),
        "complete": gettext("End %(name)s?", name=name),
        COPY: gettext("Copy %(name)s?", name=name),
        "delete": gettext("Delete %(name)s?", name=name),
    }
    return str(asked[move])


def done_words(move: str, name: str) -> str:
    """Return what is said once it is done."""
    said = {
        "activate": gettext("%(name)s runs", name=name),
        "resume": gettext("%(name)s runs again", name=name),
        "pause": gettext("%(name)s is paused", name=name),
        "complete": gettext("%(name)s has ended", name=name),
        COPY: gettext("%(name)s is a draft now", name=name),
        "delete": gettext("%(name)s deleted", name=name),
    }
    return str(said[move])
