"""A trigger: these customers did something, and a campaign answers each of them, once."""
