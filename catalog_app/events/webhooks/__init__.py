"""Webhooks: what happens is told to other systems, signed, in order, until they have taken it."""
