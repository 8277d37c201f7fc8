"""A browser's long description of itself, in the few words by which a person knows their device."""

# In this order: most browsers also claim to be those below them.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 40


def device_name(user_agent: str) -> str:
    """Return such as "Firefox, Windows"; of a program that is no browser, the beginning of what it says."""
    named = [next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, named)) or user_agent[:_LONGEST]
