"""Senders: what hands over the messages that campaigns promised, each to its own kind of other side."""
