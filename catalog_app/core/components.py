"""The example page: every component in every state, light beside dark. It is mounted in development only."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    DecimalField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ReadOnly
from wtforms.widgets import CheckboxInput

bp = Blueprint("components", __name__, url_prefix="/admin/components")


class ExampleForm(Form):
    name = StringField("Name", default="Flex Postpaid 60 GB", description="Shown to customers in the app.")
    price = StringField("Price", default="14O.00")
    category = SelectField("Category", choices=lambda: {"Postpaid": "Postpaid", "Prepaid": "Prepaid"})
    external_id = StringField("External id", default="PO-10482", validators=[ReadOnly()])
    speed = DecimalField("Speed")
    description = TextAreaField("Description")
    recurring = BooleanField("Recurring", default=True)
    tax_included = BooleanField("Tax included")
    is_available = BooleanField("May be bought", default=True)
    channels = SelectMultipleField(
        "Channels",
        choices=lambda: {"sms": "SMS", "app": "App", "web": "Web"},
        default=["sms"],
        option_widget=CheckboxInput(),
    )
    mode = RadioField("What happens", choices=lambda: {"preview": "Preview", "apply": "Apply"}, default="preview")
    system = RadioField("System", choices=lambda: {"xiva": "Xiva", "crm": "CRM", "billing": "Billing"}, default="xiva")


def _form(prefix: str) -> ExampleForm:
    form = ExampleForm(prefix=prefix)
    form.price.errors = ["Use digits only, such as 140.00"]
    return form


@bp.get("/")
def example() -> ResponseReturnValue:
    return render_template("components/example.html", forms={"light": _form("light-"), "dark": _form("dark-")})
