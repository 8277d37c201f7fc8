"""One attempt at a request: sent by requests through the gate, and whatever goes wrong is said in our own words."""

from typing import Final

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from .address import AddressPolicy
from .body import ACCEPTED_ENCODINGS, read_body
from .deadline import Deadline
from .failure import is_untrusted, reason
from .faults import BrokenAttemptError, FetchFailedError
from .messages import Answer, FetchRequest, is_success
from .origin import Origin
from .transport import Gate, GatedAdapter

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED_ENCODINGS,
    "User-Agent": "product-catalog",
}


class Sender:
    """Sends to one origin; `deadline` is running while an attempt is made."""

    def __init__(self, origin: Origin, policy: AddressPolicy, deadline: Deadline, ca_file: str | None) -> None:
        self._origin = origin
        self._adapter = GatedAdapter(Gate(origin.host, origin.port, policy, deadline))
        self._verify = ca_file or True

    def close(self) -> None:
        self._adapter.close()

    def attempt(self, request: FetchRequest, seconds: float, *, body_bytes: int, retries: int) -> Answer:
        """Return the complete answer, whatever its status; raise BrokenAttemptError or FetchFailedError.

        With no `body_bytes` it is complete with its head: nothing of its body is read.
        """
        try:
            response = self._send(request, seconds)
            try:
                body, received = b"", 0
                is_read = body_bytes > 0 and is_success(response.status_code)
                if is_read:
                    encoding = response.headers.get("Content-Encoding", "")
                    body, received = read_body(response.raw, encoding, limit=body_bytes)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError, ValueError) as fault:
            # The originals quote URLs, headers and bodies; what happened is said in our own words.
            if is_untrusted(fault):
                raise FetchFailedError(
                    "its TLS certificate is not trusted", "Check the certificate of the system and its authority"
                ) from None
            raise BrokenAttemptError(reason(fault, seconds)) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_framed = "content-length" in headers or "transfer-encoding" in headers
        if is_read and not (body or is_framed):
            # A connection that closes within the head looks just like an answer without a body.
            raise BrokenAttemptError("the answer was cut short")
        return Answer(response.status_code, request.url, headers, body, received, retries)

    def _send(self, request: FetchRequest, seconds: float) -> requests.Response:
        prepared = requests.Request(
            request.method,
            self._origin.checked(request.url),
            params=dict(request.params),
            headers={**_HEADERS, **request.headers},
            json=request.json,
            data=dict(request.form) if request.form is not None else request.content,
            auth=request.auth,
        ).prepare()
        # The URL that counts is the one that is connected to, after requests has had its way with it.
        self._origin.check(parse_url(prepared.url or ""))
        return self._adapter.send(prepared, stream=True, timeout=seconds, verify=self._verify)
