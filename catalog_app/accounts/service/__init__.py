"""The use cases of accounts; each function is one, and one transaction."""
