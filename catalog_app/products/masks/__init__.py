"""The compiled catalogue: eligibility for every launched product at once, as arrays.

These modules import numpy, which takes memory and a tenth of a second: import them inside the function that needs
them, never where a worker starts.
"""
