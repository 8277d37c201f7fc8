"""What this process was started for, as far as its arguments tell."""

from collections.abc import Iterable

_TAKES_A_VALUE = ("--app", "-A", "--env-file", "-e")


def flask_command(arguments: Iterable[str]) -> str | None:
    """Return the command that `flask` was given, or None without one: the first word that belongs to no option."""
    words = iter(arguments)
    for word in words:
        if word in _TAKES_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None
