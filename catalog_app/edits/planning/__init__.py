"""Making a plan: each proposal checked against its product, a piece at a time."""
