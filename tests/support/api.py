"""A program that uses the JSON API with a token of its own."""

from contextvars import Context
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db

BASE = "/api/loyalty/v1"


class Answer(TestResponse):
    """An answer whose JSON a test looks into without asking whether there is any: if not, it fails."""

    @property
    def json(self) -> Any:
        return self.get_json()


@dataclass(frozen=True)
class Program:
    """Sends requests as one token. Paths are under the API's base; whole URLs are taken as they are."""

    app: Flask
    token: str

    @classmethod
    def with_scopes(cls, app: Flask, *scopes: str, name: str = "campaign engine") -> "Program":
        with app.app_context():
            new = NewToken.model_validate({"name": name, "scopes": scopes, "expires_at": None})
            _, secret = tokens.create(new, actor="tests")
            db.session.remove()
        return cls(app, secret)

    def send(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        url = path if path.startswith(("http:", "/api/")) else BASE + path
        # pytest-flask keeps a context open around the test. A request of its own must not find it, or it would go on
        # in the test's database session.
        answer = Context().run(FlaskClient(self.app, Answer).open, url, method=method, headers=headers, **options)
        assert isinstance(answer, Answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, **_json(body), **options)

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PUT", path, **_json(body), **options)

    def patch(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PATCH", path, **_json(body), **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)

    def results(self, path: str) -> list[dict[str, Any]]:
        """Return what every page of a list holds, in order."""
        found: list[dict[str, Any]] = []
        address: str | None = path
        while address:
            answer = self.get(address)
            assert answer.status_code == 200, answer.text
            found += answer.json["results"]
            address = answer.json["next"]
        return found


def _json(body: Any) -> dict[str, Any]:
    return {} if body is None else {"data": orjson.dumps(body), "content_type": "application/json"}
