"""The pages of accounts: signing in and out, one's own profile, users and tokens."""

from catalog_app.accounts.views import about_me, language, profile, sign_in, tokens, users
from catalog_app.accounts.views.blueprint import bp

__all__ = ("about_me", "bp", "language", "profile", "sign_in", "tokens", "users")
