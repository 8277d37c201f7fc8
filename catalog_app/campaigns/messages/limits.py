"""How much a template may hold, and how much of a worker it may take. Measured by tests/campaigns/messages."""

from typing import Final

MAX_TAGS: Final = 300
"""Placeholders and tags of one template: each costs time whenever it is rendered."""

MAX_EXPRESSION: Final = 500
"""Characters between the braces of one of them."""

MAX_BRACKETS: Final = 20
"""Brackets in one expression. python-liquid looks ahead to the end of it for each."""

MAX_NESTING: Final = 10
"""Blocks inside blocks."""

MAX_ITERATIONS: Final = 1_000
"""Rounds of all loops of one rendering together, those inside others counted each time."""

MAX_STEPS: Final = 50_000
"""The work of one rendering: a round of a loop costs the characters of its block, a filter what it goes through."""

MAX_TEXT: Final = 10_000
"""Characters of one value that a filter takes or makes."""

MAX_LIST: Final = 200
"""Entries of one list that a filter takes or makes."""

MAX_KEPT: Final = 50_000
"""Characters that `assign` and `capture` keep in one rendering, what they replace included."""

MAX_OUTPUT: Final = 100_000
"""Bytes of one rendered part."""

MAX_NUMBER: Final = 10**15
"""Numbers are counted with below this, and to MAX_DECIMALS places."""
MAX_DECIMALS: Final = 6
