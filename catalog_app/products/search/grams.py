"""How text is cut up for the index: into every three letters that follow each other."""

SIZE = 3
_UNREADABLE = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
END = "\x01"
"""What no text holds (core/text.py refuses it). Two of them end an indexed text, so that every letter begins a gram."""


def indexed(text: str) -> str:
    """Return folded text as the index of SQLite takes it."""
    return text + END + END


def grams(text: str) -> list[str]:
    """Return the grams of three letters in the text, each once; none where it is shorter than that."""
    return list(dict.fromkeys(text[start : start + SIZE] for start in range(len(text) - SIZE + 1)))


def as_kept(text: str) -> str:
    """Return text as SQLite keeps it in grams: two noncharacters become the sign for what cannot be read."""
    return text.translate(_UNREADABLE)


def every_gram(found: list[str]) -> str:
    """Return the question of the index for what holds all of these grams."""
    return " AND ".join(map(_quoted, found))


def any_gram(found: list[str]) -> str:
    """Return the question for what holds one of them."""
    return " OR ".join(map(_quoted, found))


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
