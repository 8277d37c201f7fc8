"""Accounts: who may sign in, for how long, and what they may do then."""
