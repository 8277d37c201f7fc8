"""The application for any WSGI server: `granian --interface wsgi wsgi:app`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # the one place where an old Python must still parse and speak
    sys.exit("The product catalog needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031

import gc
import os

# Next to nothing that is made until the application stands is thrown away again, and to look for it took a third of the
# time to start.
gc.disable()

import structlog

from catalog_app.app import create_app
from catalog_app.core.invocation import flask_command
from catalog_app.core.readiness import refuse_unless_ready
from catalog_app.settings import SettingsError, default_demo_env, load_settings, unknown_settings
from catalog_app.sync.schedule import heartbeat

log = structlog.get_logger()
for_command = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
named = flask_command(sys.argv[1:])

if for_command:
    # A server has no use for the demo, and should not carry it.
    from catalog_app.demo import command, environment

    # Only the demo may begin with nothing: it makes its own settings before anything reads them.
    if named == "demo":
        environment.prepare()

try:
    settings = load_settings(demo_env=default_demo_env())
    app = create_app(settings, with_commands=for_command, role=(named if for_command else None) or "web")
except SettingsError as error:
    sys.exit(str(error))

gc.freeze()
gc.enable()

for name in unknown_settings():
    log.warning("unknown setting", name=name)

if for_command:
    command.init_app(app)
if settings.demo_secret is not None:
    from catalog_app.demo import views

    views.init_app(app)

# Commands such as `db upgrade` mend what is missing, so only serving asks for it.
if not for_command or named == "run":
    refuse_unless_ready(app)
    heartbeat.start(app)
