"""The tabs of the admin pages. A room that arrives adds its line here, and not before it has a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import lazy_gettext

from catalog_app.accounts import i_may
from catalog_app.accounts.roles import Role
from catalog_app.core.wiring import providers, settings
from catalog_app.sync.links import CATALOG_PAGE
from catalog_app.sync.runs.standing import waiting_count


@dataclass(frozen=True)
class Tab:
    """One tab: who sees it, where it leads, and whether it is marked with what waits there."""

    label: Any
    icon: str
    endpoint: str
    role: Role = "viewer"
    counts_waiting: bool = False


TABS = (
    Tab(lazy_gettext("Overview"), "layout-dashboard", "dashboard.overview"),
    Tab(lazy_gettext("Product Catalog"), "packages", CATALOG_PAGE),
    Tab(lazy_gettext("Sync"), "refresh", "sync.index", counts_waiting=True),
    Tab(lazy_gettext("Campaigns"), "speakerphone", "campaigns.index"),
    Tab(lazy_gettext("Recommendations"), "target-arrow", "recommendations.try_customer"),
    Tab(lazy_gettext("Offers"), "tags", "customers.offers"),
    Tab(lazy_gettext("Activity"), "history", "events.index"),
    Tab(lazy_gettext("Settings"), "adjustments-horizontal", "dashboard.settings"),
)


@dataclass(frozen=True)
class NavItem:
    """A tab as base.html prints it; `badge` is a number that waits for a person, or None."""

    label: str
    icon: str
    endpoint_url: str
    active: bool
    badge: int | None


class Navigation:
    """The tabs of the present page. The database is asked when they are printed: a page without them asks nothing."""

    def __init__(self, *, with_counts: bool = True) -> None:
        self._with_counts = with_counts

    def __iter__(self) -> Iterator[NavItem]:
        addresses = {tab: url_for(tab.endpoint) for tab in (*TABS, *providers(Tab)) if i_may(tab.role)}
        # Edits and imports are about products, wherever their pages lie.
        is_edit = request.path.startswith(url_for("edits.index"))
        here = url_for(CATALOG_PAGE) if is_edit else _nearest(request.path, addresses.values())
        for tab, address in addresses.items():
            waiting = waiting_count() if tab.counts_waiting and self._with_counts else None
            yield NavItem(str(tab.label), tab.icon, address, active=address == here, badge=waiting or None)


def init_app(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    return {
        "nav": Navigation(),
        "home_url": url_for("dashboard.overview"),
        "operator_name": settings().operator_name,
        "sign_out_url": url_for("accounts.logout"),
        "account_url": url_for("accounts.profile"),
    }


def _nearest(path: str, addresses: Any) -> str | None:
    """Return the longest of the addresses that the path lies under; the overview only stands for itself."""
    home = url_for("dashboard.overview")
    if path.rstrip("/") == home.rstrip("/"):
        return home
    under = [address for address in addresses if address != home and f"{path}/".startswith(address.rstrip("/") + "/")]
    return max(under, key=len, default=None)
