"""The pages of accounts: signing in and out, one's own profile, users and tokens."""

from catalog_app.accounts.views import profile, sign_in, tokens, users
from catalog_app.accounts.views.blueprint import bp

__all__ = ("bp", "profile", "sign_in", "tokens", "users")
