"""What a campaign came to: what was sent and refused, and whether those who were told take the offer more often."""
