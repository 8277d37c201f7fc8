"""Everything that a connector needs to know of one external system."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .preset import Preset


@dataclass(frozen=True)
class Limits:
    """Bounds of a run. `page_seconds` bounds one attempt at one page, `page_size` overrides the preset's.

    `join_pages` is for a look at the first page only: of a second listing no more is read, and records lack the rest.
    """

    attempts: int = 4
    page_seconds: float = 60
    run_seconds: float = 3600
    max_rows: int | None = None
    page_size: int | None = None
    join_pages: int | None = None


@dataclass(frozen=True)
class SourceConfig:
    """One external system, with everything resolved: nothing is looked up in the environment any more.

    `params` and `tables` go before what the preset says. `label` is what people call the system.
    """

    key: str
    base_url: str
    preset: Preset = field(repr=False)
    auth_kind: str = "none"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    header_prefix: str | None = None
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    allow_loopback: bool = False
    allowed_hosts: tuple[str, ...] = ()
    ca_file: str | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """Return what messages call the system."""
        return self.label or self.key
