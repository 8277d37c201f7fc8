"""The way from requests down to a socket: one origin, checked addresses, one deadline, no proxy."""

import logging
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from .address import AddressPolicy
from .deadline import Deadline, TimedSocket, TimedTLSSocket

# urllib3 writes addresses with their query, which may hold an API key: at DEBUG for each request, at
# WARNING for a header it cannot parse. What is worth knowing of it, the fetcher says in its own words.
for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(lambda _record: False)


@dataclass(frozen=True)
class Gate:
    """The only door to the network: it opens towards one host, at addresses that the policy allows."""

    host: str
    port: int
    policy: AddressPolicy
    deadline: Deadline

    def connect(self, host: str, port: int) -> TimedSocket:
        """Return a socket connected to a checked address; raise OSError if none of them answers."""
        if (host.strip("[]"), port) != (self.host, self.port):
            raise OSError("only the configured origin may be connected to")
        fault: OSError = OSError("the name has no address")
        for family, address in self.policy.resolve(host, port):
            connected = TimedSocket(family, socket.SOCK_STREAM)
            connected.deadline = self.deadline
            try:
                connected.settimeout(self.deadline.left())
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connected.connect(address)
            except OSError as refusal:
                connected.close()
                fault = refusal
            else:
                return connected
        raise fault


class _GatedHTTPConnection(HTTPConnection):
    def __init__(self, *args: Any, gate: Gate, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return self._gate.connect(self._dns_host, self.port)


class _GatedHTTPSConnection(HTTPSConnection):
    def __init__(self, *args: Any, gate: Gate, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return self._gate.connect(self._dns_host, self.port)

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, TimedTLSSocket):
            self.sock.deadline = self._gate.deadline


class _GatedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GatedHTTPConnection


class _GatedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GatedHTTPSConnection


class _GatedPoolManager(PoolManager):
    def __init__(self, gate: Gate, **options: Any) -> None:
        super().__init__(**options)
        self.pool_classes_by_scheme = {"http": _GatedHTTPPool, "https": _GatedHTTPSPool}
        self._gate = gate

    def _new_pool(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = super()._new_pool(*args, **options)
        pool.conn_kw["gate"] = self._gate
        return pool


class GatedAdapter(HTTPAdapter):
    """The transport of requests, reaching nothing but the gate's origin.

    It is used without a session: a session reads the whole body of a redirect, however large, even
    when it is told not to follow it, and takes proxies and passwords from the environment.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_args: Any, **_options: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = TimedTLSSocket
        context.verify_mode = ssl.CERT_REQUIRED
        self.poolmanager = _GatedPoolManager(self._gate, num_pools=1, maxsize=1, ssl_context=context)
