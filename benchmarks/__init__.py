"""Measurements that anybody can repeat with `make bench`. They are never timed tests: a figure is read by a person."""
