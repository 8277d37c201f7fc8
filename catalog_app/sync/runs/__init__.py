"""Runs: claimed, read, planned, approved, applied, taken back, and kept as long as the rules say."""
