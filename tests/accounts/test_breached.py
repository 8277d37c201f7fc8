"""Passwords that came out elsewhere."""

import hashlib
from pathlib import Path

import pytest

from catalog_app.accounts.breached import is_breached
from catalog_app.settings import SettingsError, load_settings
from tests.accounts.conftest import MakeUser
from tests.support.clients import PASSWORD, Browser

OUT = "seven orange lanterns hum"


def hashed(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def breached(tmp_path: Path) -> Path:
    """Return a file as they are given away: with counts, and lines that end as on Windows."""
    file = tmp_path / "breached.txt"
    lines = sorted(f"{hashed(f'password {number}')}:{number}" for number in range(3000))
    lines.append(f"{hashed(OUT)}:7")
    file.write_bytes("\r\n".join(sorted(lines)).encode())
    return file


@pytest.fixture
def settings_overrides(breached: Path) -> dict[str, object]:
    return {"breached_passwords": breached}


def test_every_password_of_the_file_is_found_and_no_other(breached: Path) -> None:
    missed = [number for number in range(3000) if not is_breached(f"password {number}", breached)]
    found = [number for number in range(3000, 4000) if is_breached(f"password {number}", breached)]
    assert (missed, found) == ([], [])


@pytest.mark.parametrize("lines", [[], [hashed(OUT)], ["0" * 40, hashed(OUT)], [hashed(OUT), "F" * 40, ""]])
def test_a_short_file_is_read_to_its_ends(tmp_path: Path, lines: list[str]) -> None:
    file = tmp_path / "short.txt"
    file.write_text("\n".join(lines), encoding="ascii")
    assert is_breached(OUT, file) is (hashed(OUT) in lines)
    assert not is_breached("nobody ever had this one", file)


def test_nobody_takes_a_password_that_came_out_elsewhere(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())

    answer = client.send("/admin/profile/password", current=PASSWORD, new=OUT, again=OUT)

    assert answer.status_code == 422
    assert "has come out somewhere else" in answer.text


def test_people_choose_passwords_while_the_file_is_away(client: Browser, make_user: MakeUser, breached: Path) -> None:
    client.enter(make_user())
    breached.unlink()
    assert client.send("/admin/profile/password", current=PASSWORD, new=OUT, again=OUT).status_code == 303


def test_a_file_that_is_not_there_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsError, match="CATALOG_BREACHED_PASSWORDS"):
        load_settings({"CATALOG_SECRET_KEY": "x" * 40, "CATALOG_BREACHED_PASSWORDS": "/nowhere/at/all"})
