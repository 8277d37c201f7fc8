"""Which passwords are good enough, and how they are checked."""

import subprocess
import sys
from typing import Literal

import pytest
from argon2 import PasswordHasher

from catalog_app.accounts import passwords
from catalog_app.accounts.passwords import check_password, hash_password, needs_rehash, verify_password
from catalog_app.core.errors import RuleError
from catalog_app.settings import ROOT

LINA = ("lina.haddad@operator.example", "Lina Haddad")


@pytest.mark.parametrize(
    "password",
    [
        "three green kettles sing",
        "aaaa bbbb cccc dddd!",
        "ثلاث أباريق خضراء تغني",
        "exactly 15 long",
        "no digits needed at all here",
        "w" * 3 + "orange violin " * 17,
        "savannah breeze over lakes",
    ],
)
def test_a_long_password_of_any_characters_is_accepted(password: str) -> None:
    check_password(password, about=LINA)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "at least 15"),
        ("fourteen chars", "at least 15"),
        ("x" * 7 + "orange violin " * 18, "at most 256"),
        ("three green\x00kettles", "typed"),
        ("three green \ud800 kettles", "typed"),
        ("passwordpassword", "tried first"),
        ("Password Password", "tried first"),
        ("P@ssw0rdP@ssw0rd", "tried first"),
        ("aaaaaaaaaaaaaaaa", "tried first"),
        ("abcabcabcabcabca", "tried first"),
        ("123456789012345", "tried first"),
        ("qwertyuiopasdfgh", "tried first"),
        ("mnbvcxzlkjhgfdsa", "tried first"),
        ("correct horse battery staple", "tried first"),
        ("lina.haddad@operator.example", "do not count"),
        ("LinaHaddad2026!!!", "do not count"),
        ("product catalog 2026", "do not count"),
        ("haddad-operator-1", "do not count"),
    ],
)
def test_a_password_that_is_short_common_or_about_its_owner_is_refused(password: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        check_password(password, about=LINA)


def test_the_password_that_was_hashed_matches_and_another_does_not() -> None:
    stored = hash_password("three green kettles sing")
    assert verify_password(stored, "three green kettles sing")
    assert not verify_password(stored, "three green kettles sang")
    assert "kettles" not in stored


def test_the_same_word_from_another_keyboard_matches() -> None:
    assert verify_password(hash_password("trois th\u00e9i\u00e8res vertes"), "trois the\u0301ie\u0300res vertes")


def test_two_people_with_the_same_password_have_different_hashes() -> None:
    assert hash_password("three green kettles sing") != hash_password("three green kettles sing")


@pytest.mark.parametrize("password", ["nobody has this password", "", "\ud800", "x" * 100_000])
def test_nobody_signs_in_to_an_account_that_does_not_exist(password: str) -> None:
    assert not verify_password(None, password)


def test_an_unknown_account_costs_as_much_work_as_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            worked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    for stored in (None, hash_password("three green kettles sing")):
        assert not verify_password(stored, "three green kettles sang")

    unknown, known = worked
    assert unknown == known


def test_a_hash_of_weaker_figures_is_due_for_a_new_one() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=1024).hash("three green kettles sing"))
    assert not needs_rehash(hash_password("three green kettles sing"))


def test_passwords_are_hashed_with_the_figures_of_rfc_9106() -> None:
    """The tests hash cheaply, so the real figures are asked of a process of its own."""
    script = "from catalog_app.accounts.passwords import hash_password as made; print(made('three green kettles'))"

    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
