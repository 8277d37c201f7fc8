"""Next best offer and product recommendation: what a customer should be offered, why, and whether it works."""

import os

# Matrix products on one thread add up in one order, whatever the machine's cores, so the same data give the same model
# to the byte; and a worker takes no processor from its neighbours. It counts only if it stands before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
