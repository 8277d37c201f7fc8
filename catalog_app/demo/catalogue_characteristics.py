"""Writes the characteristics of a row in one of the three shapes that sources use."""

from collections.abc import Sequence

from catalog_app.demo.catalogue_notation import Characteristic, Json
from catalog_app.demo.catalogue_rows import Row


def write_characteristics(row: Row) -> Json:
    """Return the part of the offering that holds the row's characteristics, in the shape of its family."""
    return _SHAPES[row.characteristic_shape](_characteristics(row))


def _characteristics(row: Row) -> list[Characteristic]:
    found = [*row.allowances, *(Characteristic(name, value) for name, value in row.attributes)]
    if row.zones:
        found.append(Characteristic("roaming_zones", row.zones))
    if row.payment_mode != "any":
        found.append(Characteristic("payment_mode", row.payment_mode))
    if row.short_name:
        found.append(Characteristic("short_name", row.short_name))
    if row.has_terms:
        found.append(Characteristic("terms_url", f"https://example.com/terms/{row.id.lower()}"))
    return found


def _value(characteristic: Characteristic) -> Json:
    value = characteristic.value
    sent: Json = {"value": list(value) if isinstance(value, tuple) else value}
    return sent | ({"unitOfMeasure": characteristic.unit} if characteristic.unit else {})


def _value_type(characteristic: Characteristic) -> str:
    match characteristic.value:
        case int():
            return "integer"
        case str():
            return "string"
        case _:
            return "stringArray"


def _as_offering_characteristics(characteristics: Sequence[Characteristic]) -> Json:
    """The shape of TMF620 v5: a specification that allows one value, fixed when the offer was designed."""
    return {"productOfferingCharacteristic": [_offering_characteristic(item) for item in characteristics]}


def _offering_characteristic(item: Characteristic) -> Json:
    value_type = _value_type(item)
    value_kind = f"{value_type[0].upper()}{value_type[1:]}CharacteristicValueSpecification"
    return {
        "name": item.name,
        "valueType": value_type,
        "configurable": False,
        "characteristicValueSpecification": [
            {"isDefault": True, "valueType": value_type, **_value(item), "@type": value_kind},
        ],
        "@type": "CharacteristicSpecification",
    }


def _as_specification_uses(characteristics: Sequence[Characteristic]) -> Json:
    """The shape of older releases: the use of a value that the product specification defines."""
    return {"prodSpecCharValueUse": [_specification_use(item) for item in characteristics]}


def _specification_use(item: Characteristic) -> Json:
    value_type = _value_type(item)
    return {
        "name": item.name,
        "valueType": value_type,
        "minCardinality": 1,
        "maxCardinality": 1,
        "productSpecCharacteristicValue": [{"isDefault": True, "valueType": value_type, **_value(item)}],
        "@type": "ProductSpecificationCharacteristicValueUse",
    }


def _as_name_value_pairs(characteristics: Sequence[Characteristic]) -> Json:
    """The shape of inventories, which some sources use for offerings too: a name and its value."""
    return {"characteristic": [{"name": item.name, **_value(item)} for item in characteristics]}


_SHAPES = {
    "offering": _as_offering_characteristics,
    "spec-use": _as_specification_uses,
    "plain": _as_name_value_pairs,
}
