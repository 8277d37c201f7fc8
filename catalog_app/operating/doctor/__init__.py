"""What is most likely set up wrongly, and what to do about it."""
