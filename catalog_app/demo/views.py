"""The page on which a demo plays the other side: break a stand-in, change its products, and see what a sync makes of it."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from catalog_app.accounts import requires_role
from catalog_app.core.errors import FatalError, RuleError
from catalog_app.core.wiring import provide, settings
from catalog_app.dashboard.navigation import Tab
from catalog_app.demo.other_side import ControlDoor, OtherSide
from catalog_app.settings import SOURCE_KEYS
from catalog_app.sync.service import ProductSyncService

bp = Blueprint("demo", __name__, url_prefix="/admin/demo")


@dataclass(frozen=True)
class Side:
    """One stand-in as the page shows it; `fault` says why nothing is known of it."""

    key: str
    label: str
    state: OtherSide | None
    fault: str | None = None


def init_app(app: Flask) -> None:
    """Add the page and its tab; wsgi.py does so where the settings are those of a demo, and nowhere else."""
    app.register_blueprint(bp)
    provide(app, Tab, Tab(lazy_gettext("The other side"), "plug-connected-x", "demo.index", role="admin"))


@bp.get("/")
@requires_role("admin")
def index() -> ResponseReturnValue:
    labels = _labels()
    return render_template("demo/index.html", sides=[_side(key, labels[key]) for key in SOURCE_KEYS if _address(key)])


@bp.post("/<key>")
@requires_role("admin")
def tell(key: str) -> ResponseReturnValue:
    if key not in SOURCE_KEYS or not _address(key):
        abort(HTTPStatus.NOT_FOUND, gettext("There is no such stand-in."))
    door, action = _door(key), request.form.get("action")
    try:
        state = door.act(action) if action else door.misbehave(request.form.get("fault") or None)
    except (RuleError, FatalError) as error:
        flash(str(error), "bad")
    else:
        flash(_told(state, action, _labels()[key]), "good")
    return redirect(url_for("demo.index", _anchor=key), HTTPStatus.SEE_OTHER)


def _labels() -> dict[str, str]:
    return {system.key: system.label for system in ProductSyncService().systems()}


def _told(state: OtherSide, action: str | None, system: str) -> str:
    if action:
        done = next((switch.label for switch in state.actions if switch.key == action), action)
        return str(gettext("Done at %(system)s: %(what)s. Sync it to see what comes of it.", system=system, what=done))
    if state.fault_label:
        return str(gettext("%(system)s misbehaves now. Sync it to see what comes of it.", system=system))
    return str(gettext("%(system)s behaves again.", system=system))


def _side(key: str, label: str) -> Side:
    try:
        return Side(key, label, _door(key).look())
    except FatalError as error:
        return Side(key, label, None, str(error))


def _address(key: str) -> str | None:
    return settings().source(key).base_url


def _door(key: str) -> ControlDoor:
    secret, address = settings().demo_secret, _address(key)
    if secret is None or address is None:
        abort(HTTPStatus.NOT_FOUND)
    return ControlDoor(address, secret.get_secret_value())
