"""How the short strings of products/terms.py are said to people."""

_SPECIAL = {
    "launched": "Active",
    "in_design": "In design",
    "addon": "Add-on",
    "sms": "SMS",
    "ussd": "USSD",
    "in_sync": "In sync",
    "local_edit": "Yours",
    "missing": "Missing",
    "one_time": "One time",
    "true": "Yes",
    "false": "No",
}


def label(value: str) -> str:
    """Return the label of a term or a field name, such as "Active" for launched and "Product type" for product_type."""
    return _SPECIAL.get(value) or value.replace("_", " ").capitalize()
