"""Where the resources of this door are: paths of ours, under the address by which clients know us."""

from dataclasses import dataclass
from typing import Literal

BASE = "/tmf-api/productCatalogManagement/v4"
RECOMMENDATIONS = "/tmf-api/recommendationManagement/v4"

Kind = Literal["productOffering", "productSpecification", "productOfferingPrice", "category"]


@dataclass(frozen=True)
class Addresses:
    """Writes href values; `origin` is PUBLIC_BASE_URL, or the host that the request was sent to."""

    origin: str

    def of(self, kind: Kind, resource_id: str) -> str:
        return f"{self.origin}{BASE}/{kind}/{resource_id}"

    def id_in(self, kind: Kind, href: str) -> str | None:
        """Return the id that one of our addresses ends in; None for an address that is not ours."""
        stem = self.of(kind, "")
        return href[len(stem) :] if href.startswith(stem) else None
