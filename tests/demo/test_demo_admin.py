import pytest
from flask import Flask

from catalog_app.accounts.service import users
from catalog_app.demo.command import let_admin_in
from catalog_app.demo.environment import ADMIN_EMAIL
from tests.support.clients import new_browser

EARLIER, NOW = "fibado-kalogu-minupa", "rosevo-tiwaxe-zubago"


@pytest.mark.parametrize("earlier", [None, EARLIER, NOW])
def test_the_password_that_the_demo_prints_lets_its_admin_in(app: Flask, earlier: str | None) -> None:
    if earlier is not None:
        let_admin_in(earlier)

    let_admin_in(NOW)

    answer = new_browser(app).sign_in(ADMIN_EMAIL, NOW, wanted="/products/")
    assert (answer.status_code, answer.location) == (303, "/products/")
    assert not users.by_email(ADMIN_EMAIL).must_change_password
