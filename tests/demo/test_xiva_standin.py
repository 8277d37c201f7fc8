"""The Xiva stand-in keeps the contract of the real one, over real HTTP."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
import requests

from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.standin import Shape, XivaStandin
from tests.demo.conftest import client_of, simple_products
from tests.demo.xiva_client import OFFERINGS, XivaClient


@pytest.fixture
def stranger(xiva: XivaStandin) -> Iterator[XivaClient]:
    client = client_of(xiva)
    with client.http:
        yield client


def test_it_says_what_it_is(stranger: XivaClient) -> None:
    assert stranger.get("/").json() == {"standin": "xiva", "product_offerings": 120}


def test_it_listens_on_loopback_only(xiva: XivaStandin) -> None:
    assert xiva.base_url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("name", ["username", "email"])
def test_login_takes_a_username_or_an_email(stranger: XivaClient, name: str) -> None:
    answer = stranger.post("/auth/jwt/create/", {name: stranger.username, "password": stranger.password})
    assert answer.status_code == 200
    assert answer.json().keys() == {"access", "refresh"}


@pytest.mark.parametrize("body", [{}, {"username": "catalogue"}, {"username": "catalogue", "password": "wrong"}])
def test_login_refuses_wrong_credentials(stranger: XivaClient, body: dict[str, str]) -> None:
    answer = stranger.post("/auth/jwt/create/", body)
    assert answer.status_code == 401
    assert "detail" in answer.json()


def test_login_refuses_what_is_not_an_object(stranger: XivaClient) -> None:
    assert stranger.post("/auth/jwt/create/", ["catalogue"]).status_code == 400
    assert stranger.post("/auth/jwt/refresh/", "text").status_code == 400


@pytest.mark.parametrize("path", [OFFERINGS, f"{OFFERINGS}P001"])
def test_products_are_hidden_without_a_token(stranger: XivaClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/json"
    assert "detail" in answer.json()


@pytest.mark.parametrize("prefix", ["JWT", "Bearer"])
def test_both_header_prefixes_are_taken(client: XivaClient, prefix: str) -> None:
    client.prefix = prefix
    assert client.page().status_code == 200


@pytest.mark.parametrize("prefix", ["Token", "Basic"])
def test_other_prefixes_are_refused(client: XivaClient, prefix: str) -> None:
    client.prefix = prefix
    assert client.page().status_code == 401


def test_an_access_token_expires(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.let_time_pass(299)
    assert client.page().status_code == 200
    xiva.let_time_pass(2)
    assert client.page().status_code == 401


def test_a_refresh_token_brings_a_new_access_token(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.let_time_pass(301)
    client.access = client.post("/auth/jwt/refresh/", {"refresh": client.refresh}).json()["access"]
    assert client.page().status_code == 200


def test_a_refresh_token_expires_too(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.let_time_pass(90_000)
    assert client.post("/auth/jwt/refresh/", {"refresh": client.refresh}).status_code == 401


def test_the_two_kinds_of_token_are_not_interchangeable(client: XivaClient) -> None:
    assert client.post("/auth/jwt/refresh/", {"refresh": client.access}).status_code == 401
    client.access = client.refresh
    assert client.page().status_code == 401


def test_a_changed_token_is_refused(client: XivaClient) -> None:
    head, claims, signature = client.access.split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))) | {"exp": 9e12}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    client.access = f"{head}.{forged}.{signature}"
    assert client.page().status_code == 401


def test_a_token_of_another_process_is_refused(client: XivaClient) -> None:
    with XivaStandin([], password="same") as other:
        client.base_url = other.base_url
        assert client.page().status_code == 401


def test_reading_page_by_page_gives_every_product_once_and_ends(client: XivaClient) -> None:
    pages = list(client.pages())
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [row["id"] for page in pages for row in page] == [f"P{number:03}" for number in range(120)]


@pytest.mark.parametrize(("asked", "received"), [(1, 1), (50, 50), (51, 50), (100_000, 50)])
def test_a_page_never_has_more_than_fifty_rows(client: XivaClient, asked: int, received: int) -> None:
    assert len(client.page(limit=asked).json()) == received


def test_without_offset_and_limit_the_first_fifty_come(client: XivaClient) -> None:
    rows = client.get(OFFERINGS).json()
    assert (rows[0]["id"], len(rows)) == ("P000", 50)


def test_the_total_is_in_the_header(client: XivaClient) -> None:
    answer = client.page(offset=100)
    assert (answer.headers["X-Total-Count"], answer.headers["X-Result-Count"]) == ("120", "20")


def test_past_the_end_there_is_an_empty_page(client: XivaClient) -> None:
    assert client.page(offset=120).json() == []


@pytest.mark.parametrize(("offset", "limit"), [("-1", "5"), ("0", "0"), ("ten", "5")])
def test_a_window_that_makes_no_sense_is_refused(client: XivaClient, offset: str, limit: str) -> None:
    assert client.get(OFFERINGS, offset=offset, limit=limit).status_code == 400


def test_one_product_is_found_by_its_id(client: XivaClient) -> None:
    assert client.get(f"{OFFERINGS}P007").json() == {"id": "P007", "name": "Product 7"}


def test_an_unknown_product_and_an_unknown_path_are_not_found(client: XivaClient) -> None:
    assert client.get(f"{OFFERINGS}P999").status_code == 404
    assert client.get("/productCatalogManagement/v5/catalog/").status_code == 404


def test_the_shape_with_links_is_read_to_the_end_by_them(xiva_with_links: XivaStandin, link_client: XivaClient) -> None:
    ids, link = [], OFFERINGS
    while link:
        page = link_client.get(link).json()
        ids += [row["id"] for row in page["results"]]
        link = page["next"]
        assert link is None or link.startswith(f"{xiva_with_links.base_url}/")
    assert ids == [f"P{number:03}" for number in range(120)]


def test_the_shape_data_wraps_the_rows() -> None:
    with XivaStandin(simple_products(2), shape=Shape.DATA) as xiva:
        client = client_of(xiva)
        client.log_in()
        with client.http:
            assert [row["id"] for row in client.page().json()["data"]] == ["P000", "P001"]


def test_the_page_limit_can_be_lowered() -> None:
    with XivaStandin(simple_products(7), page_limit=3) as xiva:
        client = client_of(xiva)
        client.log_in()
        with client.http:
            assert [len(page) for page in client.pages()] == [3, 3, 1]


def test_the_demo_catalogue_arrives_as_it_was_written() -> None:
    with XivaStandin(catalogue()) as xiva:
        client = client_of(xiva)
        client.log_in()
        with client.http:
            assert [row for page in client.pages() for row in page] == catalogue()


def test_the_listing_changes_while_it_runs(xiva: XivaStandin, client: XivaClient) -> None:
    xiva.listing.withdraw("P000", "P002")
    xiva.listing.change("P001", name="Renamed")
    assert client.page(limit=2).json() == [{"id": "P001", "name": "Renamed"}, {"id": "P003", "name": "Product 3"}]
    xiva.listing.replace(simple_products(1))
    assert [row["id"] for row in client.page().json()] == ["P000"]


def test_withdrawing_what_is_not_listed_is_a_mistake(xiva: XivaStandin) -> None:
    with pytest.raises(KeyError, match="P999"):
        xiva.listing.withdraw("P000", "P999")
    assert len(xiva.listing) == 120


def test_requests_are_counted(xiva: XivaStandin, client: XivaClient) -> None:
    client.page()
    client.page(offset=50)
    client.get(f"{OFFERINGS}P999")
    assert xiva.count(method="GET", path_ends=OFFERINGS) == 2
    assert xiva.count(method="POST") == 1
    assert xiva.count(status=404) == 1
    assert xiva.seen[-2].query == {"offset": "50", "limit": "50"}


def test_a_connection_is_kept_for_many_requests(xiva: XivaStandin) -> None:
    with closing(HTTPConnection(xiva.base_url.removeprefix("http://"), timeout=10)) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(5):
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.version, answer.read() != b"") == (11, True)
            assert connection.sock is first


def test_a_body_that_is_too_long_is_refused(stranger: XivaClient) -> None:
    assert stranger.post("/auth/jwt/create/", {"username": "x" * 70_000}).status_code == 413


def test_after_the_end_nobody_answers_even_on_a_connection_that_was_kept() -> None:
    with XivaStandin([]) as xiva:
        client = client_of(xiva)
        assert client.log_in().ok
        url = xiva.base_url
    with client.http, pytest.raises(requests.ConnectionError):
        client.http.get(url, timeout=5)


def test_a_stand_in_that_does_not_run_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="enter it first"):
        _ = XivaStandin([]).base_url
