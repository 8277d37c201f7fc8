"""What may go wrong here that somebody else can mend."""

from catalog_app.core.errors import CatalogError


class NotReadError(CatalogError):
    """The model in use has to be read first, outside of the transaction that writes."""
