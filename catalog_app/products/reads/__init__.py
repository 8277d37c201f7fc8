"""The read side for machines: what answers are made of, kept ready with every write, and the answers themselves."""
