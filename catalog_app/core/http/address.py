"""Which addresses we connect to: decided after resolving, on the very address that is then used."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from .faults import FetchFailedError

Address = IPv4Address | IPv6Address

_ADVICE: Final = "Check the base URL and the allowed hosts of this system"
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_NEVER: Final = tuple(
    (ip_network(network), why)
    for network, why in (
        ("0.0.0.0/8", "is unspecified"),
        ("::/128", "is unspecified"),
        ("169.254.0.0/16", "is link-local"),
        ("fe80::/10", "is link-local"),
        ("224.0.0.0/4", "is multicast"),
        ("ff00::/8", "is multicast"),
        ("240.0.0.0/4", "is reserved"),
        # Metadata services of clouds that do not live on a link-local address.
        ("100.100.100.200/32", "is a metadata service"),
        ("168.63.129.16/32", "is a metadata service"),
        ("192.0.0.192/32", "is a metadata service"),
        ("fd00:ec2::/32", "is a metadata service"),
        ("fd20:ce::254/128", "is a metadata service"),
    )
)


@dataclass(frozen=True)
class AddressPolicy:
    """Says which hosts and addresses may be reached.

    Private networks are allowed, because an operator's own systems live there; `allowed_hosts`,
    when it is not empty, is the complete list of host names (`*.example.com` covers its subdomains).
    """

    allow_loopback: bool = False
    allowed_hosts: tuple[str, ...] = ()

    def check_host(self, host: str) -> None:
        """Raise FetchFailedError unless the host list, if there is one, names this host."""
        name = _plain_host(host)
        if self.allowed_hosts and not any(_covers(_plain_host(entry), name) for entry in self.allowed_hosts):
            raise FetchFailedError(f"the host {host!r} is not among the allowed ones", _ADVICE)

    def check_address(self, address: Address) -> None:
        """Raise FetchFailedError if the address, or an IPv4 address wrapped in it, is one we never connect to."""
        for candidate in _readings(address):
            for network, why in _NEVER:
                if candidate.version == network.version and candidate in network:
                    raise FetchFailedError(f"the address {address} {why} and is never connected to", _ADVICE)
            if candidate.is_loopback and not self.allow_loopback:
                raise FetchFailedError(
                    f"the address {address} is this very machine, which is not allowed as a source", _ADVICE
                )

    def resolve(self, host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        """Return the addresses of a host, every one of them checked; raise OSError if it has none.

        One forbidden address among good ones refuses the host: whoever answers for its name is not to be trusted.
        """
        self.check_host(host)
        found: list[tuple[socket.AddressFamily, tuple[str, int]]] = []
        for family, _, _, _, target in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM):
            # A scope ("%eth0") belongs to link-local addresses only, and those are refused anyway.
            text = str(target[0]).partition("%")[0]
            self.check_address(ip_address(text))
            found.append((family, (text, port)))
        return found


def _plain_host(host: str) -> str:
    return host.strip("[]").rstrip(".").casefold()


def _covers(entry: str, host: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry


def _readings(address: Address) -> Iterator[Address]:
    """Yield the address and every IPv4 address that a gateway or the kernel may take it for."""
    yield address
    if isinstance(address, IPv4Address):
        return
    for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if inner is not None:
            yield inner
    low = int(address) & 0xFFFF_FFFF
    is_compatible = int(address) >> 32 == 0 and low > 1
    if is_compatible or any(address in network for network in _NAT64):
        yield IPv4Address(low)
