"""A rule as a sentence while it is being made, and what it says of the sample customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.errors import RuleError
from catalog_app.products.choices import choices
from catalog_app.products.forms import ProductForm
from catalog_app.products.outcome import Outcome
from catalog_app.products.rule_judging import judge
from catalog_app.products.rule_words import judged_text, rule_text
from catalog_app.products.rules import check_rule
from catalog_app.products.samples.description import Description
from catalog_app.products.samples.models import SampleCustomer
from catalog_app.products.samples.service import seen_by
from catalog_app.products.views.blueprint import bp

SAMPLES = 4


@dataclass(frozen=True)
class Tried:
    """What a rule says of one sample customer, and why."""

    name: str
    outcome: Outcome
    words: str


@dataclass(frozen=True)
class RulePreview:
    """The rule in words with what it does to some customers, or the one thing that is wrong with it."""

    text: str = ""
    fault: str = ""
    tried: Sequence[Tried] = ()


@bp.post("/rule")
@requires_role("editor")
def preview_rule() -> ResponseReturnValue:
    """Say what the rule that is being typed means; nothing is kept."""
    preview = rule_preview(ProductForm(), choices().segments)
    return render_template("products/_rule_preview.html", preview=preview)


def rule_preview(form: ProductForm, segments: Mapping[str, str]) -> RulePreview:
    """Return what the rule in this form means, as far as it is one."""
    try:
        rule = form.rule()
        checked = check_rule(rule) if rule else None
    except RuleError as error:
        return RulePreview(fault=in_words(next(iter(error.errors.values()))))
    except ValueError as error:
        return RulePreview(fault=in_words(error.args[0]))
    if checked is None:
        return RulePreview()
    tried = [_tried(one, checked, segments) for one in seen_by(actor())[:SAMPLES]]
    return RulePreview(text=rule_text(checked, segments), tried=tried)


def _tried(one: SampleCustomer, rule: Mapping[str, object], segments: Mapping[str, str]) -> Tried:
    facts = Description.of(one.features).customer().facts
    return Tried(one.name, judge(rule, facts).outcome, judged_text(rule, facts, segments))
