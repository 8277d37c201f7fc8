"""Programs at the TM Forum door, and offerings that are there before they come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.products.api.conftest import stored
from tests.support.api import Answer, Program

__all__ = ["stored"]

BASE = "/tmf-api/productCatalogManagement/v4"
RECOMMEND = "/tmf-api/recommendationManagement/v4/queryProductRecommendation"
HOST = "http://localhost"


@dataclass(frozen=True)
class Door:
    """Sends requests to the TMF620 door as one token; a path begins with the kind of resource."""

    program: Program

    def send(self, method: str, path: str, **options: Any) -> Answer:
        return self.program.send(method, path if path.startswith("http") else f"{HOST}{BASE}/{path}", **options)

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def made(self, kind: str, **body: Any) -> dict[str, Any]:
        """Return what a POST of this body made."""
        answer = self.program.post(f"{HOST}{BASE}/{kind}", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json
        return made

    def post(self, kind: str, body: Any) -> Answer:
        return self.program.post(f"{HOST}{BASE}/{kind}", body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.program.patch(f"{HOST}{BASE}/{path}", body)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def ids(self, path: str) -> list[str]:
        """Return the ids of a list."""
        answer = self.get(path)
        assert answer.status_code in {200, 206}, answer.text
        return [resource["id"] for resource in answer.json]


@pytest.fixture
def door(app: Flask) -> Door:
    return Door(Program.with_scopes(app, "products:read", "products:write", name="a BSS"))


@pytest.fixture
def reader(app: Flask) -> Door:
    """Return a program that may read and not write."""
    return Door(Program.with_scopes(app, "products:read", name="a shop"))


@pytest.fixture
def recommend(app: Flask) -> Callable[..., Answer]:
    """Return what asks for recommendations with a body."""
    program = Program.with_scopes(app, "nbo:read", name="a channel")

    def ask(body: Any, query: str = "") -> Answer:
        return program.post(f"{HOST}{RECOMMEND}{query}", body)

    return ask
