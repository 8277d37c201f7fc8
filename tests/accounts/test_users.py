"""Settings: the people who may sign in."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.accounts.journal import AccountJournal
from catalog_app.accounts.models import User
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError
from catalog_app.core.wiring import provide
from tests.accounts.conftest import MakeUser, everything_stored, fresh
from tests.support.clients import PASSWORD, Browser

NEW = {"email": "Omar@operator.example", "name": "Omar Saleh", "role": "editor"}


@pytest.fixture
def admin(client: Browser, make_user: MakeUser) -> User:
    user = make_user("admin")
    client.enter(user)
    return user


def shown_password(page: str) -> str:
    found = re.search(r'<code id="password">([^<]+)</code>', page)
    assert found
    return found[1]


def test_an_added_user_signs_in_with_the_password_that_was_shown_once(
    client: Browser, another: Browser, admin: User
) -> None:
    answer = client.send("/admin/settings/users", **NEW)
    assert answer.status_code == 201
    password = shown_password(answer.text)
    assert another.sign_in("omar@operator.example", password).status_code == 303
    assert password not in client.get("/admin/settings/users").text
    assert password not in everything_stored()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"email": "nonsense"}, "Write an e-mail address"),
        ({"email": "a b@operator.example"}, "Write an e-mail address"),
        ({"email": "x" * 250 + "@operator.example"}, "Write an e-mail address"),
        ({"email": ""}, "Write an e-mail address"),
        ({"name": " "}, "Fill this in"),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "\u0958" * 60}, "at most 100"),
        ({"name": "Omar\x00"}, "cannot be kept"),
        ({"role": "root"}, "Not a valid choice"),
    ],
)
def test_a_user_who_breaks_a_rule_is_not_added(
    client: Browser, admin: User, changed: dict[str, str], says: str
) -> None:
    answer = client.send("/admin/settings/users", **{**NEW, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert len(users.all_users()) == 1


def test_what_was_typed_stays_beside_the_error(client: Browser, admin: User) -> None:
    answer = client.send("/admin/settings/users", email="nonsense", name="Omar Saleh", role="approver")
    assert 'value="nonsense"' in answer.text
    assert 'value="Omar Saleh"' in answer.text
    assert re.search(r'<option selected value="approver">', answer.text)


def test_one_e_mail_address_has_one_account(client: Browser, admin: User) -> None:
    answer = client.send("/admin/settings/users", **{**NEW, "email": "ADMIN@operator.example"})
    assert answer.status_code == 409
    assert "There is already a user admin@operator.example." in answer.text


def test_names_are_text_on_every_page(client: Browser, admin: User) -> None:
    hostile = '"><script>alert(1)</script>{{ 7 * 7 }}'
    client.send("/admin/settings/users", **{**NEW, "name": hostile})
    for page in ("/admin/settings/users", f"/admin/settings/users/{admin.id + 1}"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in text


def test_an_admin_changes_a_role(client: Browser, admin: User, make_user: MakeUser) -> None:
    user = make_user()
    assert client.send(f"/admin/settings/users/{user.id}/role", role="approver").status_code == 303
    assert fresh(User, user.id).role == "approver"
    assert client.send(f"/admin/settings/users/{user.id}/role", role="root").status_code == 422
    assert fresh(User, user.id).role == "approver"


def test_an_admin_disables_and_enables(client: Browser, another: Browser, admin: User, make_user: MakeUser) -> None:
    user = make_user()
    client.send(f"/admin/settings/users/{user.id}/disable")
    assert another.sign_in(user.email).status_code == 422
    assert "Disabled" in client.get("/admin/settings/users").text
    client.send(f"/admin/settings/users/{user.id}/enable")
    assert another.sign_in(user.email).status_code == 303


def test_a_new_password_ends_the_sessions_and_the_old_one(
    client: Browser, another: Browser, admin: User, make_user: MakeUser
) -> None:
    user = make_user()
    another.enter(user)
    password = shown_password(client.send(f"/admin/settings/users/{user.id}/password").text)
    assert another.get("/admin/profile").status_code == 303
    assert another.sign_in(user.email, PASSWORD).status_code == 422
    assert another.sign_in(user.email, password).status_code == 303


def test_the_last_active_admin_stays_one(client: Browser, admin: User, make_user: MakeUser) -> None:
    for answer in (
        client.send(f"/admin/settings/users/{admin.id}/disable"),
        client.send(f"/admin/settings/users/{admin.id}/role", role="editor"),
    ):
        assert answer.status_code == 409
        assert "last active admin" in answer.text
    second = make_user("admin", email="second@operator.example")
    assert client.send(f"/admin/settings/users/{second.id}/disable").status_code == 303
    assert client.send(f"/admin/settings/users/{admin.id}/disable").status_code == 409
    assert fresh(User, admin.id).is_active


def test_two_admins_who_demote_each_other_leave_one(app: Flask, make_user: MakeUser) -> None:
    pair = [make_user("admin", email=f"admin{number}@operator.example").id for number in range(2)]

    def demote(user_id: int) -> bool:
        with app.app_context():
            try:
                users.change_role(user_id, "viewer", actor="cli")
            except ConflictError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, pair)) == [False, True]
    db.session.rollback()
    assert len(db.session.scalars(select(User).where(User.role == "admin")).all()) == 1


@pytest.mark.parametrize("way", ["", "/role", "/disable", "/enable", "/password"])
def test_a_user_who_does_not_exist_is_not_found(client: Browser, admin: User, way: str) -> None:
    url = f"/admin/settings/users/999999{way}"
    answer = client.send(url, role="viewer") if way else client.get(url)
    assert answer.status_code == 404


def test_every_change_is_written_down_with_who_did_it(app: Flask) -> None:
    written: list[tuple[object, ...]] = []

    def note(session: object, subject: object, changes: object, **rest: object) -> None:
        written.append((subject, changes, rest["action"], rest["actor"]))

    journal: AccountJournal = note
    provide(app, AccountJournal, journal)
    users.create(NewUser(email="a@operator.example", name="A", role="admin"), PASSWORD, actor="cli")
    user = users.create(NewUser(email="b@operator.example", name="B", role="viewer"), PASSWORD, actor="cli")
    users.change_role(user.id, "editor", actor="user:a@operator.example")
    users.change_role(user.id, "editor", actor="user:a@operator.example")
    users.disable(user.id, actor="user:a@operator.example")
    subject = ("user", user.id, "b@operator.example")
    assert written[1:] == [
        (subject, {"role": [None, "viewer"]}, "created", "cli"),
        (subject, {"role": ["viewer", "editor"]}, "role changed", "user:a@operator.example"),
        (subject, {"is_active": [True, False]}, "disabled", "user:a@operator.example"),
    ]
