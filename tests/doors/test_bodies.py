"""How large a body may be, at each door by what its view declares."""

import pytest

from tests.support.api import Program

MEBIBYTE = 1024 * 1024
JSON = "application/json"


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/products/", 1, 413), ("/products/bulk/", 1, 400), ("/products/bulk/", 15, 400), ("/products/bulk/", 16, 413)],
)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_body_that_is_too_large_is_413(
    api: Program, path: str, size: int, status: int, headers: dict[str, str]
) -> None:
    answer = api.send("POST", path, data=b"[" * (size * MEBIBYTE + 1), content_type=JSON, headers=headers)

    assert (answer.status_code, answer.json["status"]) == (status, status)
    assert answer.content_type == "application/problem+json"
