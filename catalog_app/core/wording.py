"""pydantic's faults in the words of the people who read them."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SENTENCES = {
    "missing": "Fill this in.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Write this as text.",
    "string_too_short": "Write at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "This is not in the expected form.",
    "int_parsing": "Use a whole number, such as 30.",
    "int_type": "Use a whole number, such as 30.",
    "int_from_float": "Use a whole number, such as 30.",
    "decimal_parsing": "Use digits only, such as 140.00.",
    "decimal_type": "Use digits only, such as 140.00.",
    "decimal_max_digits": "This number is too long: at most {max_digits} digits.",
    "decimal_max_places": "Use at most {decimal_places} decimals.",
    "decimal_whole_digits": "This number is too large.",
    "finite_number": "Use an ordinary number.",
    "bool_parsing": "Choose yes or no.",
    "bool_type": "Choose yes or no.",
    "greater_than": "Use a number above {gt}.",
    "greater_than_equal": "Use {ge} or more.",
    "less_than": "Use a number below {lt}.",
    "less_than_equal": "Use {le} or less.",
    "literal_error": "Choose one of: {expected}.",
    "enum": "Choose one of: {expected}.",
    "list_type": "Write this as a list.",
    "dict_type": "Write this as an object.",
    "too_long": "Use at most {max_length} entries.",
    "datetime_parsing": "Use a date and time, such as 2026-12-31T21:00:00Z.",
    "datetime_from_date_parsing": "Use a date and time, such as 2026-12-31T21:00:00Z.",
    "datetime_type": "Use a date and time, such as 2026-12-31T21:00:00Z.",
    "timezone_aware": "Add a time zone, such as the Z in 2026-12-31T21:00:00Z.",
}


def sentence_for(detail: ErrorDetails) -> str:
    """Return one sentence for a fault; a rule of our own already speaks in its message."""
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] in {"value_error", "assertion_error"}:
        return str(context.get("error", detail["msg"]))
    sentence = SENTENCES.get(detail["type"])
    return sentence.format(**context) if sentence else detail["msg"] + "."


def errors_by_field(error: ValidationError) -> dict[str, str]:
    """Return pydantic's faults as {dotted field: our own sentence}; of several on one field the first counts."""
    errors: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        # A key that breaks a rule is named by itself; pydantic says "[key]" after it.
        name = ".".join(str(part) for part in detail["loc"] if part != "[key]") or "form"
        errors.setdefault(name, sentence_for(detail))
    return errors
