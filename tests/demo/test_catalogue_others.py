"""What the demo's CRM and billing system sell reads like an operator's, and is nobody else's."""

from collections import Counter
from itertools import islice

import pytest

from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.catalogue_others import billing_plans, crm_products, more_of
from catalog_app.demo.standin.products import Status
from catalog_app.demo.standin.salesforce import SalesforceStandin


def test_the_crm_has_about_forty_products_and_a_few_deleted_ones() -> None:
    statuses = Counter(product.status for product in crm_products())
    assert 35 <= statuses[Status.ACTIVE] <= 45
    assert statuses[Status.RETIRED] >= 2
    assert statuses[Status.DELETED] >= 3


def test_billing_has_about_thirty_plans_with_stages_in_riyals_and_dollars() -> None:
    plans = billing_plans()
    kinds = {phase.kind for plan in plans for phase in plan.phases}
    currencies = {price.currency for plan in plans for price in plan.every_price}
    modes = {plan.facts["payment_mode"] for plan in plans}
    assert 28 <= len(plans) <= 35
    assert (kinds, currencies, modes) == (
        {"TRIAL", "DISCOUNT", "EVERGREEN"},
        {"SAR", "USD"},
        {"prepaid", "postpaid"},
    )


def test_no_name_and_no_id_is_used_twice_in_any_of_the_three_systems() -> None:
    names = [product.name for product in (*crm_products(), *billing_plans())]
    names += [offering["name"] for offering in catalogue()]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len({product.id for product in crm_products()}) == len(crm_products())


@pytest.mark.parametrize("period", ["once", "day", "week", "month", "quarter", "year"])
def test_each_period_is_there(period: str) -> None:
    assert period in {product.period for product in (*crm_products(), *billing_plans())}


def test_every_product_of_the_crm_says_what_it_is() -> None:
    assert [product.name for product in crm_products() if not 10 <= len(product.description) <= 160] == []
    assert {product.kind for product in crm_products()} == {"device", "service", "addon", "voucher"}


def test_a_larger_catalogue_has_editions_with_ids_of_their_own() -> None:
    more = list(islice(more_of(crm_products(), SalesforceStandin.id_of), 500))
    assert len({product.id for product in more}) == 500
    assert len({product.name for product in more}) == 500
