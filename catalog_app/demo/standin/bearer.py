"""What stand-ins share that let in whoever sends one agreed token."""

import secrets
from collections.abc import Iterable

from catalog_app.demo.standin.credentials import FixedAccess, bearer, same
from catalog_app.demo.standin.exchange import Answer, Request
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.products import StandinProduct
from catalog_app.demo.standin.source import SourceStandin


class BearerStandin(SourceStandin):
    """Plays a system behind a token. A subclass names its `largest_page`; without a token, it makes one up."""

    largest_page: int

    def __init__(
        self,
        products: Iterable[StandinProduct] = (),
        *,
        token: str = "",
        page_limit: int | None = None,
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        limit = self.largest_page if page_limit is None else page_limit
        super().__init__(products, page_limit=limit, port=port, control_secret=control_secret)
        self.token = token or secrets.token_urlsafe()
        self._access = FixedAccess()

    def void_access(self) -> None:
        self._access.void()

    def token_in(self, request: Request) -> str:
        """Return the token that a request bears, empty if there is none."""
        return bearer(request)

    def refused(self, request: Request) -> Answer | None:
        is_good = same(self.token_in(request), self.token) and not self._access.is_void()
        return None if is_good and not self.misbehaving(Fault.REFUSE_LOGIN) else self.shut_out()
