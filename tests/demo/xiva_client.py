"""A small client of the Xiva stand-in, written without the product's own connector."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

OFFERINGS = "/productCatalogManagement/v5/productOffering/"


def _session() -> requests.Session:
    session = requests.Session()
    # A proxy of the machine has no business on loopback.
    session.trust_env = False
    return session


@dataclass
class XivaClient:
    base_url: str
    username: str
    password: str
    prefix: str = "JWT"
    access: str = ""
    refresh: str = ""
    http: requests.Session = field(default_factory=_session)

    def get(self, path: str, **query: str | int) -> requests.Response:
        headers = {"Authorization": f"{self.prefix} {self.access}"} if self.access else {}
        url = path if path.startswith("http") else f"{self.base_url}{path}"
        return self.http.get(url, params=query, headers=headers, timeout=10, allow_redirects=False)

    def post(self, path: str, body: object) -> requests.Response:
        return self.http.post(f"{self.base_url}{path}", json=body, timeout=10)

    def log_in(self) -> requests.Response:
        answer = self.post("/auth/jwt/create/", {"username": self.username, "password": self.password})
        if answer.ok:
            self.access, self.refresh = answer.json()["access"], answer.json()["refresh"]
        return answer

    def page(self, offset: int = 0, limit: int = 50) -> requests.Response:
        return self.get(OFFERINGS, offset=offset, limit=limit)

    def pages(self, limit: int = 50, at_most: int = 100) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a bare listing up to the first empty one, by the number of rows received."""
        offset = 0
        for _ in range(at_most):
            rows = self.page(offset, limit).json()
            if not rows:
                return
            yield rows
            offset += len(rows)
