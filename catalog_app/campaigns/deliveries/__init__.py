"""Deliveries as they are read: by pages, by programs, and by monitoring."""
