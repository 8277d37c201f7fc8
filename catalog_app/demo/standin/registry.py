"""The stand-ins that can be started as programs: a new system is one more line here.

Secrets come from the environment alone, under the names that `secrets` lists: STANDIN_PASSWORD and so on.
STANDIN_SECRET opens the control door; without it there is none.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from catalog_app.demo.catalogue import offerings
from catalog_app.demo.catalogue_others import billing_plans, crm_products, more_of
from catalog_app.demo.standin.base import Standin
from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.hubspot import HubspotStandin
from catalog_app.demo.standin.killbill import KillbillStandin
from catalog_app.demo.standin.lago import LagoStandin
from catalog_app.demo.standin.odoo import OdooStandin
from catalog_app.demo.standin.products import StandinProduct
from catalog_app.demo.standin.salesforce import SalesforceStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin
from catalog_app.demo.standin.xiva import Shape, XivaStandin

PREFIX = "STANDIN_"
DOOR_VARIABLE = "STANDIN_SECRET"


class WrongUsageError(Exception):
    """The stand-in cannot be started with what it was given; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class StandinKind:
    """How one stand-in is started: its options, the secrets it cannot do without, and how to build it."""

    name: str
    help: str
    secrets: tuple[str, ...]
    add_options: Callable[[argparse.ArgumentParser], None]
    make: Callable[[argparse.Namespace, Mapping[str, Any]], Standin]

    def build(self, options: argparse.Namespace, environment: Mapping[str, str]) -> Standin:
        """Return the stand-in, not yet running; raises WrongUsageError."""
        missing = [PREFIX + name.upper() for name in self.secrets if not environment.get(PREFIX + name.upper())]
        if missing:
            raise WrongUsageError(f"Set {', '.join(missing)}; there is no secret by default.")
        if options.products is not None and options.products < 0:
            raise WrongUsageError("--products cannot be negative.")
        given = {name: environment[PREFIX + name.upper()] for name in self.secrets}
        door = environment.get(DOOR_VARIABLE) or None
        return self.make(options, {**given, "port": options.port, "control_secret": door})


def _add_products_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--products", type=int, help="how many to list; all hand-written ones if left out")


def _add_xiva_options(parser: argparse.ArgumentParser) -> None:
    _add_products_option(parser)
    parser.add_argument("--username", default="catalogue")
    parser.add_argument("--shape", type=Shape, choices=list(Shape), default=Shape.LIST, help="how a page is wrapped")
    parser.add_argument("--access-seconds", type=float, default=300.0, help="how long an access token is good for")


def _make_xiva(options: argparse.Namespace, given: Mapping[str, Any]) -> Standin:
    return XivaStandin(
        offerings(options.products),
        shape=options.shape,
        username=options.username,
        access_seconds=options.access_seconds,
        **given,
    )


def _kind(
    standin: type[SourceStandin], about: str, secrets: Iterable[str], written: Callable[[], Iterable[StandinProduct]]
) -> StandinKind:
    def make(options: argparse.Namespace, given: Mapping[str, Any]) -> Standin:
        products = more_of(written(), standin.id_of) if options.products is not None else written()
        return standin(islice(products, options.products), **given)

    return StandinKind(standin.name, about, tuple(secrets), _add_products_option, make)


_KILLBILL = ("username", "password", "api_key", "api_secret")

STANDINS: tuple[StandinKind, ...] = (
    StandinKind("xiva", "a BSS behind a login, TMF620 v5", ("password",), _add_xiva_options, _make_xiva),
    _kind(SalesforceStandin, "a CRM: SOQL behind OAuth2", ("client_id", "client_secret"), crm_products),
    _kind(KillbillStandin, "a billing system: one catalogue, in versions", _KILLBILL, billing_plans),
    _kind(ChargebeeStandin, "billing: items and their prices", ("api_key",), lambda: _plain(ChargebeeStandin)),
    _kind(HubspotStandin, "a CRM: objects with properties", ("token",), lambda: _plain(HubspotStandin)),
    _kind(OdooStandin, "an ERP: a search over templates", ("token",), lambda: _plain(OdooStandin)),
    _kind(StripeStandin, "payments: products and their prices", ("token",), lambda: _plain(StripeStandin)),
    _kind(LagoStandin, "billing: plans by page number", ("token",), lambda: _plain(LagoStandin)),
)


def _plain(standin: type[SourceStandin]) -> list[StandinProduct]:
    """Return what is listed by a stand-in that nothing was written for: the billing's plans under ids of its own."""
    plans = enumerate(billing_plans())
    return [StandinProduct(standin.id_of(number), plan.name, price=plan.price) for number, plan in plans]
