"""A provider of identities for tests: real HTTP on loopback, real RSA keys, and as strict, or as dishonest, as a test wants.

It is written from the specifications and shares no library with what it tests.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT_ID = "product catalogue"
CLIENT_SECRET = "a secret that only tests & this provider know"
Twist = Callable[[dict[str, Any], dict[str, Any]], None]
Sign = Callable[[dict[str, Any], dict[str, Any]], str]


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return the key of this name: making one takes a while, so tests share them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def packed(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
    body = f"{packed(header)}.{packed(claims)}"
    return f"{body}.{packed(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _number(value: int) -> str:
    return packed(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class OidcProvider:
    """One directory with one person at its keyboard, who is asked nothing: `claims` says who it is."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {
            "sub": "248289761001",
            "email": "lina@operator.example",
            "email_verified": True,
            "name": "Lina Haddad",
            "roles": ["staff", "catalogue-editors"],
        }
        self.key_names = ["first"]
        # Change the claims and the header of the next token, or make it in another way altogether.
        self.twist: Twist = lambda _claims, _header: None
        self.sign: Sign = lambda header, claims: signed(header, claims, rsa_key(self.key_names[0]))
        self.metadata: dict[str, Any] = {}
        self.answers_error: str | None = None
        self.asked: list[str] = []
        self.token_requests: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Be gone: nobody answers at this address any more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=one",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave",
            **self.metadata,
        }

    def key_set(self) -> dict[str, Any]:
        numbers = [(name, rsa_key(name).public_key().public_numbers()) for name in self.key_names]
        return {
            "keys": [
                {"kty": "RSA", "use": "sig", "kid": name, "n": _number(public.n), "e": _number(public.e)}
                for name, public in numbers
            ]
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        assert query["client_id"] == CLIENT_ID
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        back = {"state": query["state"], "iss": self.issuer}
        if self.answers_error:
            return f"{query['redirect_uri']}?{urlencode({**back, 'error': self.answers_error})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def redeem(self, form: dict[str, str], authorization: str | None) -> tuple[int, dict[str, Any]]:
        """Return the answer to a token request: a code counts once, for who asked for it, with what they kept."""
        self.token_requests.append(form)
        if not self._is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        begun = self._codes.pop(form.get("code", ""), None)
        challenge = packed(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if begun is None or begun["redirect_uri"] != form["redirect_uri"] or begun["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        now, access_token = int(time.time()), secrets.token_urlsafe(16)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": begun["nonce"],
            "at_hash": packed(hashlib.sha256(access_token.encode()).digest()[:16]),
            **self.claims,
        }
        header = {"alg": "RS256", "kid": self.key_names[0]}
        self.twist(claims, header)
        return 200, {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.sign(header, claims),
        }

    def _is_client(self, form: dict[str, str], authorization: str | None) -> bool:
        if "client_secret" in form:
            given = (form["client_id"], form["client_secret"])
        else:
            words = base64.b64decode((authorization or "").removeprefix("Basic ")).decode().split(":")
            given = (unquote_plus(words[0]), unquote_plus(words[-1]))
        wants_post = "client_secret_post" in self.discovery().get("token_endpoint_auth_methods_supported", ())
        return given == (CLIENT_ID, CLIENT_SECRET) and wants_post == ("client_secret" in form)


def _handler_for(provider: OidcProvider) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path in {"/authorize", "/leave"}:
                query = _flat(parts.query)
                away = parts.path == "/leave"
                self._send_on(query["post_logout_redirect_uri"] if away else provider.authorize(query))
                return
            answers = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.key_set}
            self._answer(200, answers[parts.path]())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*provider.redeem(_flat(body), self.headers.get("Authorization")))

        def _send_on(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests read what they need from the provider."""

    return Door


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
