"""pydantic's faults in the words of the people who read them."""

import re
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from catalog_app.core.errors import INVALID, Fault, Keys, Sentence

SENTENCES = {
    "missing": Sentence("Fill this in."),
    "extra_forbidden": Sentence("There is no such field."),
    "string_type": Sentence("Write this as text."),
    "string_too_short": Sentence("Write at least %(min_length)s characters."),
    "string_too_long": Sentence("Use at most %(max_length)s characters."),
    "string_pattern_mismatch": Sentence("This is not in the expected form."),
    "int_parsing": Sentence("Use a whole number, such as 30."),
    "int_type": Sentence("Use a whole number, such as 30."),
    "int_from_float": Sentence("Use a whole number, such as 30."),
    "decimal_parsing": Sentence("Use digits only, such as 140.00."),
    "float_parsing": Sentence("Use digits only, such as 140.00."),
    "float_type": Sentence("Use digits only, such as 140.00."),
    "decimal_type": Sentence("Use digits only, such as 140.00."),
    "decimal_max_digits": Sentence("This number is too long: at most %(max_digits)s digits."),
    "decimal_max_places": Sentence("Use at most %(decimal_places)s decimals."),
    "decimal_whole_digits": Sentence("This number is too large."),
    "finite_number": Sentence("Use an ordinary number."),
    "bool_parsing": Sentence("Choose yes or no."),
    "bool_type": Sentence("Choose yes or no."),
    "greater_than": Sentence("Use a number above %(gt)s."),
    "greater_than_equal": Sentence("Use %(ge)s or more."),
    "less_than": Sentence("Use a number below %(lt)s."),
    "less_than_equal": Sentence("Use %(le)s or less."),
    "literal_error": Sentence("Choose one of: %(expected)s."),
    "enum": Sentence("Choose one of: %(expected)s."),
    "list_type": Sentence("Write this as a list."),
    "dict_type": Sentence("Write this as an object."),
    "too_long": Sentence("Use at most %(max_length)s entries."),
    # Lists that ask for more than one entry have rules of their own.
    "too_short": Sentence("Fill this in."),
    "datetime_parsing": Sentence("Use a date and time, such as 2026-12-31T21:00:00Z."),
    "datetime_from_date_parsing": Sentence("Use a date and time, such as 2026-12-31T21:00:00Z."),
    "datetime_type": Sentence("Use a date and time, such as 2026-12-31T21:00:00Z."),
    "timezone_aware": Sentence("Add a time zone, such as the Z in 2026-12-31T21:00:00Z."),
}


CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "literal_error": "not_a_choice",
    "enum": "not_a_choice",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "too_short": "too_short",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than": "too_large",
    "less_than_equal": "too_large",
    "decimal_max_digits": "too_large",
    "decimal_whole_digits": "too_large",
    "decimal_max_places": "too_precise",
    "string_type": "wrong_type",
    "int_type": "wrong_type",
    "decimal_type": "wrong_type",
    "float_type": "wrong_type",
    "bool_type": "wrong_type",
    "list_type": "wrong_type",
    "dict_type": "wrong_type",
    "datetime_type": "wrong_type",
    "string_pattern_mismatch": "malformed",
    "int_parsing": "malformed",
    "int_from_float": "malformed",
    "decimal_parsing": "malformed",
    "float_parsing": "malformed",
    "bool_parsing": "malformed",
    "datetime_parsing": "malformed",
    "datetime_from_date_parsing": "malformed",
    "timezone_aware": "malformed",
}
"""What kind of fault that is, in the words that every door has for it."""


# How pydantic writes the values that it expected: 'voice', 'data' or 'sms'.
_EXPECTED: Final = re.compile(r"'([^']*)'")


def sentence_for(detail: ErrorDetails) -> str:
    """Return one sentence for a fault; a rule of our own already speaks in its message."""
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] in {"value_error", "assertion_error"}:
        return str(context.get("error", detail["msg"]))
    sentence = SENTENCES.get(detail["type"])
    code = CODES.get(detail["type"], INVALID)
    if sentence is None:
        return Fault(code, "%(message)s.", message=detail["msg"])
    if isinstance(expected := context.get("expected"), str):
        context = {**context, "expected": Keys(expected, _EXPECTED.findall(expected))}
    return Fault(code, sentence.template, **context)


def errors_by_field(error: ValidationError) -> dict[str, str]:
    """Return pydantic's faults as {dotted field: our own sentence}; of several on one field the first counts."""
    errors: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        # A key that breaks a rule is named by itself; pydantic says "[key]" after it.
        name = ".".join(str(part) for part in detail["loc"] if part != "[key]") or "form"
        errors.setdefault(name, sentence_for(detail))
    return errors
