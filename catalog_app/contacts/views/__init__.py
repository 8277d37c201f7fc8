"""Settings: the contact policy, and what single customers chose."""

from catalog_app.contacts.views import opt_outs, policy
from catalog_app.contacts.views.blueprint import bp

__all__ = ("bp", "opt_outs", "policy")
