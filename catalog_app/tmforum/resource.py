"""What every kind of resource of this door can do; the routes know no more of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked
from catalog_app.tmforum.attributes import Attributes

Document = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A stretch of a list: how many resources it holds, how many fit in all, and the documents as they are wanted."""

    total: int
    count: int
    documents: Iterable[Document]


class Resource(Protocol):
    """One kind of resource. Each method that writes is one transaction, and raises the errors of core/errors.py."""

    @property
    def kind(self) -> Kind: ...

    @property
    def attributes(self) -> Attributes: ...

    @property
    def filters(self) -> Collection[str]: ...

    def some(self, asked: Asked, addresses: Addresses) -> Found: ...

    def one(self, resource_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document: ...

    def create(self, body: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document: ...

    def change(self, resource_id: str, patch: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document: ...

    def delete(self, resource_id: str, *, actor: str) -> None: ...


def stretch(asked: Asked, total: int) -> int:
    """Return how many of so many resources the asked stretch holds."""
    left = max(0, total - asked.offset)
    return left if asked.limit is None else min(left, asked.limit)
