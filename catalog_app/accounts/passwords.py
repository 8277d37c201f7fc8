"""Passwords: which are good enough, and how they are kept and checked."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import fold

MIN_LENGTH = 15
MAX_LENGTH = 256
_PRODUCT_WORDS = ("product", "catalog", "catalogue")
_SHORTEST_WORD = 3
_SHORTEST_PATTERN = 8
_LONGEST_UNIT = 5
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujm",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt")

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def check_password(password: str, *, about: Iterable[str]) -> None:
    """Raise RuleError unless `password` is good enough for the person whom `about` describes (e-mail, name).

    Length is what counts, so there are no rules about kinds of characters. Words that anybody would try first
    count for nothing: without them it must still be long enough.
    """
    fault = _fault(_normalised(password), about)
    if fault:
        raise RuleError({"password": fault})


def hash_password(password: str) -> str:
    return _hasher.hash(_normalised(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Return whether `password` is the one behind `password_hash`; without a hash it takes as long and says no."""
    dummy = _dummy_hash()
    usable = password_hash is not None and len(password) <= MAX_LENGTH
    try:
        matches = _hasher.verify(password_hash if password_hash and usable else dummy, _normalised(password))
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False
    return usable and matches


def needs_rehash(password_hash: str) -> bool:
    """Return whether the hash was made with weaker figures than today's; then it is made anew at the next login."""
    return _hasher.check_needs_rehash(password_hash)


def _fault(password: str, about: Iterable[str]) -> str | None:
    if any(unicodedata.category(character) in {"Cs", "Cc"} for character in password):
        return Sentence("Use characters that can be typed.")
    if len(password) < MIN_LENGTH:
        return Sentence("Use at least %(least)s characters; several words are easy to remember.", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        return Sentence("Use at most %(most)s characters.", most=MAX_LENGTH)
    folded = fold(password)
    if _is_common(folded):
        return Sentence(
            "This is one of the passwords that are tried first. Use several words that do not belong together."
        )
    if len(_without(folded, about)) < MIN_LENGTH:
        return Sentence(
            "Your e-mail address, your name and the name of this product do not count: use %(least)s characters beside them.",
            least=MIN_LENGTH,
        )
    return None


def _is_common(folded: str) -> bool:
    spoken = (re.sub(r"[\W_]", "", text) for text in (folded, folded.translate(_LEET)))
    forms = [text for text in (folded, *spoken) if len(text) >= _SHORTEST_PATTERN]
    return any(text in _common() or _repeats(text) or _runs(text) for text in forms)


def _repeats(text: str) -> bool:
    return any(text == (text[:unit] * len(text))[: len(text)] for unit in range(1, _LONGEST_UNIT + 1))


def _runs(text: str) -> bool:
    return any(text in direction * (len(text) // len(run) + 2) for run in _RUNS for direction in (run, run[::-1]))


def _without(folded: str, about: Iterable[str]) -> str:
    whole = [fold(text) for text in about]
    parts = [part for text in whole for part in re.split(r"[\W_]+", text)]
    words = {word for word in (*whole, *parts, *_PRODUCT_WORDS) if len(word) >= _SHORTEST_WORD}
    for word in sorted(words, key=len, reverse=True):
        folded = folded.replace(word, "")
    return folded


def _normalised(password: str) -> str:
    # The same accented letter comes as one code point from one keyboard and as two from another.
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def _dummy_hash() -> str:
    return _hasher.hash("nobody has this password")
