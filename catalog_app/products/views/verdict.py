"""The box "Who is this for?": a customer is chosen or described, and the product's page says what speaks for and against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.choices import choices
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.models import Product
from catalog_app.products.references import References, references
from catalog_app.products.rule_words import attributes_of
from catalog_app.products.samples.asking import Asked, asked_of
from catalog_app.products.samples.box import CustomerBox, customer_box
from catalog_app.products.verdict_words import CheckLine, VerdictWords
from catalog_app.products.views.blueprint import bp, catalog


@dataclass(frozen=True)
class VerdictBox:
    """The box: the customer's fields and, once somebody was told of, the verdict with its checks in words."""

    customer: CustomerBox
    verdict: Verdict | None
    headline: str
    lines: tuple[CheckLine, ...]

    @property
    def asked(self) -> Asked:
        return self.customer.asked


@bp.get("/<int:product_id>/verdict")
@requires_role("viewer")
def verdict(product_id: int) -> ResponseReturnValue:
    """Say whether a customer may be offered the product; a part of the product page, whose address follows."""
    product = catalog().get(product_id)
    box = verdict_box(product, choices().segments, references(db.session(), product), utcnow())
    answer = make_response(
        render_template("products/_verdict.html", product=product, box=box, tab=request.args.get("tab"))
    )
    page = url_for("products.show", product_id=product_id)
    query = box.asked.query()
    tab = request.args.get("tab", "")
    given = "&".join(filter(None, (f"tab={tab}" if tab.isalpha() and tab != "details" else "", query)))
    answer.headers["HX-Replace-Url"] = f"{page}?{given}" if given else page
    return answer


def verdict_box(product: Product, segments: Mapping[str, str], named: References, now: datetime) -> VerdictBox:
    """Return the box for the customer that the address of this request describes."""
    session, viewer = db.session(), actor()
    asked = asked_of(session, request.args, viewer)
    box = customer_box(session, asked, viewer=viewer, segments=segments, named=attributes_of(product.eligibility_rule))
    if not asked.is_told or asked.described.faults:
        return VerdictBox(box, None, "", ())
    customer, moment = asked.customer(session), asked.at or now
    answer = eligibility(product, customer, moment, asked.channel)
    words = VerdictWords(product, segments, named, moment, customer, asked.channel)
    return VerdictBox(box, answer, words.headline(answer), words.lines(answer))
