"""Categories: the levels of what products say of theirs, and those that clients made."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError
from catalog_app.core.json_values import moment_text
from catalog_app.products.models import Product
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked, fits
from catalog_app.tmforum.attributes import CATEGORY, READ_ONLY
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.resource import Document, Found, stretch
from catalog_app.tmforum.words import DRAFTS, PUBLIC

SEPARATOR = "/"
MAX_PATH = 1000
_PREFIX = "path-"


def levels(category: str | None) -> list[str]:
    """Return the paths of a product's category from the top down: "Mobile" and "Mobile/Postpaid"."""
    if not category:
        return []
    names = [name.strip() for name in category.split(SEPARATOR)]
    kept_names = [name for name in names if name]
    return [SEPARATOR.join(kept_names[: depth + 1]) for depth in range(len(kept_names))]


def name_of(path: str) -> str:
    return path.rpartition(SEPARATOR)[2]


def path_id(path: str) -> str:
    """Return the id of a category that nobody made, which its products alone name."""
    return _PREFIX + urlsafe_b64encode(path.encode()).rstrip(b"=").decode()


def path_in(resource_id: str) -> str | None:
    """Return the path that such an id stands for; None for any other id."""
    if not resource_id.startswith(_PREFIX) or not resource_id.isascii():
        return None
    text = resource_id.removeprefix(_PREFIX)
    try:
        path = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None
    return path if path_id(path) == resource_id else None


def path_of(resource_id: str) -> str:
    """Return the path of a category; raise NotFoundError for an id of none."""
    path = path_in(resource_id)
    return path if path is not None else str(kept.find("category", resource_id).path)


def made_ids(session: Session, paths: Iterable[str]) -> dict[str, str]:
    """Return the ids of those of these categories that clients made, by path. One query, none for no paths."""
    wanted = sorted(set(paths))
    if not wanted:
        return {}
    query = select(TmfResource.path, TmfResource.id).where(TmfResource.kind == "category", TmfResource.path.in_(wanted))
    return {str(path): str(number) for path, number in session.execute(query)}


@dataclass(frozen=True)
class Tree:
    """Every category that one reader sees, by path. A category that a client made stands for the path itself."""

    addresses: Addresses
    named: Mapping[str, None]
    made: Mapping[str, TmfResource]
    since: str
    _documents: dict[str, Document] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[str]:
        return sorted({*self.named, *self.made})

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        below: dict[str, list[str]] = {}
        for path in self.paths:
            below.setdefault(path.rpartition(SEPARATOR)[0], []).append(path)
        return below

    def documents(self) -> Iterator[Document]:
        return (self.document(path) for path in self.paths)

    def document(self, path: str) -> Document:
        """Return a category with the one above it and those below."""
        parent = path.rpartition(SEPARATOR)[0]
        made = self.made.get(path)
        told = {"id": path_id(path), "name": name_of(path), "lifecycleStatus": "Active", "lastUpdate": self.since}
        below = [self.ref(child) for child in self._below.get(path, ())]
        return {
            **told,
            "href": self.addresses.of("category", told["id"]),
            "@type": "Category",
            **(kept.document(made, self.addresses) if made else {}),
            "isRoot": not parent,
            **({"parentId": self.id_of(parent)} if parent else {}),
            **({"subCategory": below} if below else {}),
        }

    def ref(self, path: str) -> Document:
        resource_id = self.id_of(path)
        return {"id": resource_id, "href": self.addresses.of("category", resource_id), "name": name_of(path)}

    def id_of(self, path: str) -> str:
        return str(self.made[path].id) if path in self.made else path_id(path)


class Categories:
    """A category that products name follows from them; one that a client made can be changed while nothing is in it."""

    kind: Kind = "category"
    attributes = CATEGORY
    filters = (
        "id", "href", "name", "description", "lifecycleStatus", "version", "isRoot", "parentId", "lastUpdate",
    )  # fmt: skip

    def some(self, asked: Asked, addresses: Addresses) -> Found:
        documents = _tree(addresses, sees_drafts=asked.sees_drafts).documents()
        fitting = [document for document in documents if fits(document, asked.filters)]
        count = stretch(asked, len(fitting))
        return Found(len(fitting), count, fitting[asked.offset : asked.offset + count])

    def one(self, resource_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document:
        path, tree = path_of(resource_id), _tree(addresses, sees_drafts=sees_drafts)
        if path not in tree.named and path not in tree.made:
            raise NotFoundError(f"There is no category {resource_id[:50]}.")
        return tree.document(path)

    def create(self, body: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        made = kept.create(self.kind, _written(body), _placed, attributes=self.attributes, actor=actor)
        return self.one(str(made.id), addresses, sees_drafts=True)

    def change(self, resource_id: str, patch: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        _refuse_derived(resource_id)
        kept.change(self.kind, resource_id, _written(patch), _moved, attributes=self.attributes, actor=actor)
        return self.one(resource_id, addresses, sees_drafts=True)

    def delete(self, resource_id: str, *, actor: str) -> None:
        _refuse_derived(resource_id)
        kept.delete(self.kind, resource_id, _empty, actor=actor)


def _tree(addresses: Addresses, *, sees_drafts: bool) -> Tree:
    session = db.session()
    query = select(TmfResource).where(TmfResource.kind == "category")
    if not sees_drafts:
        query = query.where(TmfResource.lifecycle_status.not_in(DRAFTS))
    made = {str(row.path): row for row in session.scalars(query)}
    named = {path: None for category in _categories(session, sees_drafts=sees_drafts) for path in levels(category)}
    newest = session.scalar(select(func.max(Product.updated_at)).where(Product.deleted_at.is_(None)))
    return Tree(addresses, named, made, moment_text(newest) if newest else "")


def _categories(session: Session, *, sees_drafts: bool) -> list[str]:
    """Return each category of a product once.

    It leaps from one to the next by the index on them: reading a row of each product took 60 times as long.
    """
    first = select(func.min(Product.category).label("name")).cte("leap", recursive=True)
    following = select(func.min(Product.category)).where(Product.category > first.c.name).scalar_subquery()
    leap = first.union_all(select(following).where(first.c.name.is_not(None)))
    of_it = aliased(Product)
    seen: Select[Any] = select(literal_column("1")).where(of_it.category == leap.c.name, of_it.deleted_at.is_(None))
    if not sees_drafts:
        seen = seen.where(of_it.lifecycle_status.in_(PUBLIC))
    return list(session.scalars(select(leap.c.name).where(leap.c.name.is_not(None), seen.exists())))


def _written(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client may say of a category: what is in it, and what lies below, follow from those."""
    ours = {*READ_ONLY, "isRoot", "subCategory", "productOffering"}
    return {name: value for name, value in body.items() if name not in ours}


def _refuse_derived(resource_id: str) -> None:
    path = path_in(resource_id)
    if path is None:
        return
    if not _is_named(db.session(), path):
        raise NotFoundError(f"There is no category {resource_id[:50]}.")
    raise ConflictError("This category follows from its products. Create one of the same name to say more of it.")


def _placed(session: Session, category: TmfResource) -> None:
    """Give a category its path; raise where its parent is not there, or where another has its place."""
    name, parent = category.name, category.body.get("parentId")
    if SEPARATOR in name:
        raise RuleError({"name": f"Leave {SEPARATOR!r} out: it separates levels. Say in parentId what is above."})
    try:
        path = f"{path_of(parent)}{SEPARATOR}{name}" if parent else name
    except NotFoundError as missing:
        raise RuleError({"parentId": str(missing)}) from None
    if len(path) > MAX_PATH:
        raise RuleError({"parentId": "This is too many levels deep."})
    twin = made_ids(session, [path]).get(path)
    if twin is not None and twin != str(category.id):
        raise ConflictError(f"There is a category {path} already, with the id {twin}.")
    category.path = path


def _moved(session: Session, category: TmfResource) -> None:
    before = category.path
    with session.no_autoflush:
        _placed(session, category)
        if category.path != before:
            _refuse_if_full(session, str(before))


def _empty(session: Session, category: TmfResource) -> None:
    if session.scalar(select(TmfResource.id).where(*_made_below(str(category.path))).limit(1)):
        raise ConflictError("There are categories below this one; it was not deleted.")


def _refuse_if_full(session: Session, path: str) -> None:
    if _is_named(session, path) or session.scalar(select(TmfResource.id).where(*_made_below(path)).limit(1)):
        raise ConflictError("There are products or categories in this one, so its name and its place stay.")


def _made_below(path: str) -> tuple[Any, ...]:
    return TmfResource.kind == "category", TmfResource.path.startswith(path + SEPARATOR, autoescape=True)


def _is_named(session: Session, path: str) -> bool:
    """Return whether a product is in this category or below it."""
    return any(path in levels(category) for category in _categories(session, sees_drafts=True))
