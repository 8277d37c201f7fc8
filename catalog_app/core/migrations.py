"""Flask-Migrate, as every command sees it."""

from flask_migrate import Migrate

migrate = Migrate()
