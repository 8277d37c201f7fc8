"""Every page there is, read from the routes themselves: a page that is added is looked at without being named anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule

ROOTS: Final = ("/admin/", "/login")
"""Below these stand all pages of ours; what /api/docs shows is the markup of Swagger UI, which has tests of its own."""
OK: Final = 200
FAULTY: Final = 400

QUERIES: Final[Mapping[str, tuple[str, ...]]] = {
    "products.index": ("", "product_type=data&search=month", "search=nothing-has-this-name", "min_price=cheap"),
    "products.show": ("", "tab=features", "tab=prices", "tab=targeting", "tab=used", "tab=history"),
    "products.confirm_lock": ("field=category",),
    "edits.new": (
        "all=1&query=product_type%3Ddata&action=price_percent",
        "ids=1&ids=2&action=segments",
        "ids=1&action=retire",
    ),
    "campaigns.index": ("", "status=draft", "search=nothing-has-this-name"),
    "campaigns.deliveries": ("", "status=refused", "customer=" + 32 * "0"),
    "campaigns.test": ("", "customer_value=1200&segment=family"),
    "edits.show": ("", "kind=rejected"),
    "customers.offers": ("", "customer_value=1200&segment=family"),
    "recommendations.try_customer": (
        "",
        "customer_value=1200&segment=family&channel=app&all=1",
        "customer=1&edit=1&context=bill_day",
    ),
    "recommendations.decisions": ("", "basis=full&arm=none", "customer=" + 32 * "0"),
    "recommendations.evaluation": ("", "days=365&measure=value"),
    "sync.index": ("", "status=failed"),
    "sync.run": ("", "kind=conflict", "kind=rejected"),
}
"""With which queries a route is looked at; nothing after the question mark unless it stands here."""


@dataclass(frozen=True)
class Fillings:
    """What stands for the arguments of routes, by `endpoint.argument`, else by `blueprint.argument`, else by `argument`."""

    values: Mapping[str, object]

    def of(self, rule: Rule) -> dict[str, object]:
        """Return the arguments of a route. Raises KeyError, saying what is missing, for one that nobody filled in."""
        return {name: self._value(rule.endpoint, name) for name in rule.arguments}

    def _value(self, endpoint: str, name: str) -> object:
        blueprint = endpoint.rpartition(".")[0]
        for key in (f"{endpoint}.{name}", f"{blueprint}.{name}", name):
            if key in self.values:
                return self.values[key]
        raise KeyError(f"{endpoint} has an argument {name!r}: say in scripts/story.py what to look at there")


def page_rules(app: Flask) -> list[Rule]:
    """Return the routes under the roots of pages that can be asked for with GET."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(ROOTS))
    return sorted((rule for rule in rules if "GET" in (rule.methods or ())), key=str)


def addresses(app: Flask, rule: Rule, fillings: Fillings) -> list[str]:
    """Return the paths at which a route is looked at. Raises KeyError for an argument that nobody filled in."""
    with app.test_request_context():
        path = url_for(rule.endpoint, **fillings.of(rule))  # type: ignore[arg-type]
    return [f"{path}?{query}" if query else path for query in QUERIES.get(rule.endpoint, ("",))]


def pages(app: Flask, fillings: Fillings, client: FlaskClient) -> tuple[list[str], list[str]]:
    """Return the paths of what answers with a whole page, and what is wrong with the other routes.

    Fragments, downloads, and addresses that lead on to another page are no pages of their own.
    """
    found, faults = [], []
    for rule in page_rules(app):
        try:
            paths = addresses(app, rule, fillings)
        except KeyError as missing:
            faults.append(str(missing))
            continue
        for path in paths:
            answer = client.get(path, buffered=True)
            if answer.status_code == OK and answer.mimetype == "text/html" and b"<html" in answer.data[:400]:
                found.append(path)
            elif answer.status_code >= FAULTY:
                faults.append(f"{path} ({rule.endpoint}) answers {answer.status_code}")
    return found, faults
