"""Plans of edits that people make: many products at once, shown first, applied as shown, taken back."""
