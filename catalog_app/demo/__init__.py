"""The demo: a believable catalogue, the stand-ins that serve it, and one command that shows the product with them."""
