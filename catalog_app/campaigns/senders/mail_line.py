"""A line to a mail server that obeys a deadline: a byte now and then keeps no process busy for ever."""

import socket
from collections.abc import Callable
from smtplib import SMTP
from ssl import SSLContext, SSLSocket
from typing import Any

from catalog_app.core.http.deadline import Deadline, TimedSocket, TimedTLSSocket


class MailLine(SMTP):
    """Connects while it is made. Whatever is said from `begin` to the next has to be said within its seconds."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: SSLContext,
        is_encrypted: bool,
        seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        context.sslsocket_class = TimedTLSSocket
        self._context, self._is_encrypted = context, is_encrypted
        self._deadline = Deadline(monotonic)
        self.begin(seconds)
        super().__init__(host, port, timeout=seconds)

    def begin(self, seconds: float) -> None:
        self._deadline.start(seconds)

    def encrypt(self) -> None:
        """Go on under TLS, as the server has said that it can."""
        self.starttls(context=self._context)
        self._obey(self.sock)

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        found = socket.create_connection((host, port), self._deadline.left())
        line = TimedSocket(found.family, found.type, found.proto, fileno=found.detach())
        line.deadline = self._deadline
        line.settimeout(self._deadline.left())
        return self._obey(self._context.wrap_socket(line, server_hostname=host)) if self._is_encrypted else line

    def _obey(self, line: Any) -> SSLSocket:
        line.deadline = self._deadline
        return line  # type: ignore[no-any-return]  # what the context makes is a TimedTLSSocket
