"""The base of every form, and how the shared rules speak through it."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from catalog_app.core.babel import in_words


class BaseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types; this is the only module that touches it.
    """A form with CSRF protection whose rules live elsewhere: it turns text to types and shows errors."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        """Where a form takes its values from."""

        def wrap_formdata(self, form: "BaseForm", formdata: object) -> object:
            """Return what a page has sent. Flask-WTF takes JSON as well, whatever it holds; no page of ours sends any."""
            if request.is_json and not isinstance(formdata, MultiDict):
                return None
            return super().wrap_formdata(form, formdata)

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside its field; one without a field of its own stands above the form."""
        for name, sentence in errors.items():
            message = in_words(sentence)
            root = name.split(".", 1)[0]
            field: Any = self._fields.get(root)
            target = self.form_errors if field is None else field.errors
            text = message if root == name or field is None else f"{name.removeprefix(root + '.')}: {message}"
            if field is None:
                target.append(text)
            else:
                field.errors = [*target, text]
