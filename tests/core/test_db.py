"""What a database says of a refused statement ends in logs and errors: it holds no values."""

import pytest
from sqlalchemy.exc import IntegrityError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.products.models import Product

pytestmark = pytest.mark.usefixtures("app")


def test_a_refused_row_is_told_without_its_values() -> None:
    rows = [
        Product(
            external_system="manual", external_product_id="very secret", name="Plan", product_type="data",
            search_text="", field_locks={}, created_at=utcnow(), created_by="test", updated_by="test",
        )
        for _ in range(2)
    ]  # fmt: skip

    with pytest.raises(IntegrityError) as caught, writing() as session:
        session.add_all(rows)

    assert "very secret" not in f"{caught.value} {caught.value.orig}"
    assert "external_product_id" in str(caught.value)
