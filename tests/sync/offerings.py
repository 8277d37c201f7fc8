"""Product offerings as Xiva lists them: the least that is valid; a test states what matters to it."""

from typing import Any


def offering(number: int, **fields: Any) -> dict[str, Any]:
    """Return one offering; `price` sets its monthly price in SAR."""
    price = fields.pop("price", "19.90")
    return {
        "id": f"PO-{number}",
        "name": f"Plan {number}",
        "lifecycleStatus": "Active",
        "lastUpdate": "2026-11-01T10:00:00Z",
        "category": [{"id": "1", "name": "Prepaid/Data"}],
        "productOfferingCharacteristic": [{"name": "data_allowance", "value": 5, "unitOfMeasure": "GB"}],
        "productOfferingPrice": [
            {
                "name": "Monthly",
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "price": {"taxIncludedAmount": {"unit": "SAR", "value": price}},
            },
        ],
        **fields,
    }
