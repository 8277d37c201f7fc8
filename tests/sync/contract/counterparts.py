"""The other side of each preset: a stand-in for the system that it speaks to, and what the two are given to get along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.hubspot import HubspotStandin
from catalog_app.demo.standin.killbill import KillbillStandin
from catalog_app.demo.standin.lago import LagoStandin
from catalog_app.demo.standin.odoo import OdooStandin
from catalog_app.demo.standin.salesforce import SalesforceStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin
from catalog_app.demo.standin.xiva import Shape, XivaStandin
from catalog_app.sync.connectors.connector import Limits, SourceConfig
from catalog_app.sync.connectors.preset import load_preset

SECRET = "a secret of the counterpart"

# What the preset is told beside its secrets: systems without a currency of their own take it from a parameter.
_RIYALS = {"currency": "SAR"}


@dataclass(frozen=True)
class Counterpart:
    """A preset with a stand-in: `secrets` by the names of sync.md; `credentials` are what the stand-in calls them."""

    name: str
    preset: str
    standin: Callable[..., SourceStandin]
    credentials: Mapping[str, str]
    secrets: Mapping[str, str]
    params: Mapping[str, str] | None = None
    has_pages: bool = True

    def start(self, *, page_limit: int) -> SourceStandin:
        """Return the stand-in, to be entered, with pages of at most so many rows."""
        return self.standin(**self.credentials, **({"page_limit": page_limit} if self.has_pages else {}))

    def config(self, base_url: str, *, limits: Limits | None = None) -> SourceConfig:
        preset = load_preset(self.preset)
        return SourceConfig(
            key="crm",
            base_url=base_url,
            preset=preset,
            auth_kind=preset.auth.kind,
            secrets=self.secrets,
            params=self.params or {},
            limits=limits or Limits(),
            allow_loopback=True,
        )

    def settings(self, standin: SourceStandin) -> dict[str, Any]:
        """Return the settings by which an operator points a system at the stand-in."""
        return {"preset": self.preset, "base_url": standin.base_url, **self.secrets}


def _linking_xiva(**options: Any) -> XivaStandin:
    return XivaStandin(shape=Shape.RESULTS, **options)


_LOGIN = {"username": "catalogue", "password": SECRET}
_CLIENT = {"client_id": "catalogue", "client_secret": SECRET}
_TENANT = {**_LOGIN, "api_key": "tamra", "api_secret": SECRET}
_TOKEN = {"token": SECRET}

COUNTERPARTS: tuple[Counterpart, ...] = (
    Counterpart("tmf620", "tmf620", XivaStandin, _LOGIN, _LOGIN),
    Counterpart("tmf620 with links", "tmf620", _linking_xiva, _LOGIN, _LOGIN),
    Counterpart("salesforce", "salesforce", SalesforceStandin, _CLIENT, _CLIENT),
    Counterpart("killbill", "killbill", KillbillStandin, _TENANT, _TENANT, has_pages=False),
    Counterpart("chargebee", "chargebee", ChargebeeStandin, {"api_key": SECRET}, {"username": SECRET}),
    Counterpart("hubspot", "hubspot", HubspotStandin, _TOKEN, _TOKEN, _RIYALS),
    Counterpart("odoo", "odoo", OdooStandin, _TOKEN, _TOKEN),
    Counterpart("stripe", "stripe", StripeStandin, _TOKEN, _TOKEN),
    Counterpart("lago", "lago", LagoStandin, _TOKEN, _TOKEN),
)
