"""Sample customers: described once, kept, and asked what they may be offered."""
