"""What the pages of accounts share."""

from flask import Blueprint, request

from catalog_app.accounts.service.sessions import Client

bp = Blueprint("accounts", __name__)


def client() -> Client:
    """Return where the present request comes from."""
    return Client(address=request.remote_addr or "unknown", user_agent=request.user_agent.string)
