"""What the policy that chooses offers is worth, and what others would have been: by the log of decisions."""
