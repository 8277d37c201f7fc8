"""Another host on this machine, which nobody was told to talk to: it counts who comes, and keeps what they bring."""

import socket
import threading
from typing import Self

_PATIENCE = 0.5
"""Seconds that a caller gets for what it brings."""


class OtherHost:
    """Listens between entering and leaving a `with`; it takes what is brought, and answers nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.callers = 0
        self.brought = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.callers += 1
            with caller:
                caller.settimeout(_PATIENCE)
                try:
                    self.brought += caller.recv(65_536)
                except OSError:
                    # It came and said nothing; that it came is counted.
                    continue
