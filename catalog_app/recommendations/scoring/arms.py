"""The arms that customers are dealt to while offers are explored (scoring/exploring.py). No numpy: pages read them too."""

from typing import Final

SOFTMAX: Final = "softmax"
"""The best first, with some chance."""
UNIFORM: Final = "uniform"
"""Drawn evenly."""
SILENT: Final = "silent"
"""No offer, to see what offers bring at all."""
ARMS: Final = (SOFTMAX, UNIFORM, SILENT)
