import socket
from ipaddress import ip_address
from typing import Any

import pytest

from catalog_app.core.http import AddressPolicy, FetchFailedError, Origin

OPEN = AddressPolicy(allow_loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  # refused is what it is
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "240.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::",
    ],
)
def test_some_addresses_are_never_connected_to(address: str) -> None:
    with pytest.raises(FetchFailedError, match="never connected to"):
        OPEN.check_address(ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_loopback_in_any_spelling_needs_to_be_allowed(address: str) -> None:
    OPEN.check_address(ip_address(address))
    with pytest.raises(FetchFailedError, match="this very machine"):
        AddressPolicy().check_address(ip_address(address))


@pytest.mark.parametrize("address", ["10.0.0.5", "172.16.3.4", "192.168.1.1", "fd12::1", "8.8.8.8", "2606:4700::1"])
def test_private_and_public_addresses_are_allowed(address: str) -> None:
    AddressPolicy().check_address(ip_address(address))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost"])
def test_a_host_is_judged_by_what_it_resolves_to(host: str) -> None:
    with pytest.raises(FetchFailedError, match="this very machine"):
        AddressPolicy().resolve(host, 80)


def test_one_forbidden_address_refuses_the_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # No real name server answers so; this stands in for one that an attacker owns.
    def answers(*_args: Any, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(FetchFailedError, match="link-local"):
        OPEN.resolve("bss.example.com", 80)


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("bss.example.com", True),
        ("BSS.Example.com.", True),
        ("crm.internal.example", True),
        ("a.crm.internal.example", True),
        ("internal.example", False),
        ("evilinternal.example", False),
        ("bss.example.com.evil.example", False),
    ],
)
def test_the_host_list_is_complete(host: str, is_allowed: bool) -> None:
    policy = AddressPolicy(allowed_hosts=("bss.example.com", "*.internal.example"))
    if is_allowed:
        policy.check_host(host)
    else:
        with pytest.raises(FetchFailedError):
            policy.check_host(host)


@pytest.mark.parametrize(
    "url", ["", "bss.example.com", "ftp://bss.example.com", "http://", "http://a b/", "http://u:p@h"]
)
def test_a_base_url_is_a_plain_http_address(url: str) -> None:
    with pytest.raises(FetchFailedError):
        Origin.of(url)


def test_a_link_is_taken_relative_to_its_page_and_the_base_path_is_kept() -> None:
    origin = Origin.of("https://bss.example.com/tmf/")
    assert origin.join("https://bss.example.com/tmf/", "list/?a=b") == "https://bss.example.com/tmf/list/?a=b"
    assert origin.join("https://bss.example.com/tmf/", "/auth/") == "https://bss.example.com/auth/"
    assert origin.join("https://bss.example.com/tmf/", "https://BSS.example.com:443/x")
    with pytest.raises(FetchFailedError):
        origin.join("https://bss.example.com/tmf/", "http://bss.example.com/x")
