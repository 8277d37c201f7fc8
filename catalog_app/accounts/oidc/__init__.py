"""Signing in with an account elsewhere: OpenID Connect, the authorization code with PKCE (docs/adr/0034).

Authlib and what it brings are loaded by the first who signs in so; an installation without a provider never does.
"""
