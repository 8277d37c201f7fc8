"""Each fault of the stand-in does what it says, and stops when it says."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import requests

from catalog_app.demo.standin import Fault, XivaStandin
from tests.demo.xiva_client import OFFERINGS, XivaClient


def ids(answer: requests.Response) -> list[str]:
    return [row["id"] for row in answer.json()]


def test_no_fault_is_on_at_first(xiva: XivaStandin) -> None:
    assert xiva.fault is None


def test_behaving_again_ends_a_fault(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.ERROR_503_ALWAYS
    xiva.behave()
    assert client.page().status_code == 200


def test_the_first_page_is_repeated_once(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.REPEAT_FIRST_PAGE
    firsts = [page[0]["id"] for page in client.pages()]
    assert firsts == ["P000", "P000", "P100"]


def test_an_ignored_offset_brings_the_first_page_for_ever(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.IGNORE_OFFSET
    assert {page[0]["id"] for page in client.pages(at_most=6)} == {"P000"}


def test_with_an_ignored_offset_the_next_link_never_ends(xiva_with_links: XivaStandin, link_client: XivaClient) -> None:
    xiva_with_links.fault = Fault.IGNORE_OFFSET
    links = {link_client.page(offset).json()["next"] for offset in (0, 50, 100, 150)}
    assert len(links) == 1
    assert None not in links


def test_a_web_page_comes_with_status_200(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.HTML_WITH_200
    answer = client.page()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_a_single_500_is_over_at_the_second_try(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.ERROR_500_ONCE
    assert [client.page().status_code for _ in range(3)] == [500, 200, 200]


def test_a_lasting_503_stays(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.ERROR_503_ALWAYS
    assert [client.page().status_code for _ in range(3)] == [503, 503, 503]


def test_the_token_expires_after_the_first_page_and_can_be_renewed(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.TOKEN_EXPIRES_MID_LISTING
    assert [client.page(offset).status_code for offset in (0, 50)] == [200, 401]
    client.access = client.post("/auth/jwt/refresh/", {"refresh": client.refresh}).json()["access"]
    assert [client.page(offset).status_code for offset in (50, 100)] == [200, 200]


def test_tokens_can_be_made_void_at_any_moment(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.void_access_tokens()
    assert client.page().status_code == 401


def test_neither_login_nor_refresh_works_when_refused(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.REFUSE_LOGIN
    assert client.log_in().status_code == 401
    assert client.post("/auth/jwt/refresh/", {"refresh": client.refresh}).status_code == 401


def test_a_body_breaks_off_in_the_middle(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.TRUNCATED_BODY
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.page()
    xiva.behave()
    assert client.page().status_code == 200


def test_the_total_lies(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.LYING_TOTAL
    assert int(client.page().headers["X-Total-Count"]) > 120
    assert sum(len(page) for page in client.pages()) == 120


@pytest.mark.parametrize("wait", ["1", "0", format_datetime(datetime(2026, 11, 23, tzinfo=UTC), usegmt=True), None])
def test_a_429_comes_once_with_the_wait_it_was_given(xiva: XivaStandin, client: XivaClient, wait: str | None) -> None:
    xiva.misbehave(Fault.RETRY_AFTER_429, retry_after=wait)
    answer = client.page()
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, wait)
    assert client.page().status_code == 200


def test_a_redirect_points_elsewhere(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.misbehave(Fault.REDIRECT, elsewhere="http://127.0.0.1:1")
    answer = client.page()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"http://127.0.0.1:1{OFFERINGS}")


def test_the_next_link_points_elsewhere(xiva_with_links: XivaStandin, link_client: XivaClient) -> None:
    xiva_with_links.misbehave(Fault.NEXT_LINK_ELSEWHERE, elsewhere="http://127.0.0.1:1")
    assert link_client.page().json()["next"].startswith(f"http://127.0.0.1:1{OFFERINGS}?")


def test_the_listing_is_empty(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.EMPTY_LISTING
    answer = client.page()
    assert (answer.json(), answer.headers["X-Total-Count"]) == ([], "0")


def test_an_id_comes_twice_with_different_content(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.fault = Fault.DUPLICATE_IDS
    rows = [row for page in client.pages() for row in page]
    assert [row["name"] for row in rows if row["id"] == "P000"] == ["Product 0", "Product 0 (copy)"]
    assert len(rows) == 121


def test_pages_are_as_slow_as_told(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.misbehave(Fault.SLOW_PAGES, delay=0.15)
    started = time.monotonic()
    assert client.page().status_code == 200
    assert time.monotonic() - started >= 0.15


def test_leaving_does_not_wait_for_a_slow_page(client: XivaClient, xiva: XivaStandin) -> None:
    xiva.misbehave(Fault.SLOW_PAGES, delay=60)
    with pytest.raises(requests.Timeout):
        client.http.get(
            f"{xiva.base_url}{OFFERINGS}", headers={"Authorization": f"JWT {client.access}"}, timeout=(5, 0.2)
        )
    started = time.monotonic()
    xiva.__exit__()
    assert time.monotonic() - started < 5
