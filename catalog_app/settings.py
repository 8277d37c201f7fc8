"""Settings: read once from the environment, typed, with every fault in one message.

Each setting is `CATALOG_<NAME>`; each secret may also be given as `CATALOG_<NAME>_FILE`, the path of a
file that holds it. An empty variable counts as unset, because compose files write one for whatever is left
out. A demo writes its own settings to `instance/demo.env`; they count only where the environment says nothing.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from catalog_app.settings_kinds import (
    BrokerUrl,
    CommaSeparated,
    DatabaseUrl,
    EncryptionKeys,
    MailFrom,
    SigningKey,
    SmtpUrl,
)
from catalog_app.settings_oidc import OidcSettings, OptionalOidc, PasswordLogin, ReadableFile

PREFIX = "CATALOG_"
ROOT = Path(__file__).resolve().parent.parent
SOURCE_KEYS = ("xiva", "crm", "billing")
"""The external systems that exist from the first migration on and may be configured from the environment."""


class SettingsError(Exception):
    """The environment is wrong; the message lists every fault, one a line."""


def _spelled(url: SecretStr) -> str:
    """Return a database URL as SQLAlchemy wants it; hosting platforms still write `postgres://`."""
    text = url.get_secret_value()
    for scheme in ("postgres://", "postgresql://"):
        if text.startswith(scheme):
            return "postgresql+psycopg://" + text.removeprefix(scheme)
    return text


class SourceSettings(BaseModel):
    """What the environment says of one external system; what it says wins over the settings page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str | None = None
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    auth_kind: str | None = None
    auth_prefix: Literal["JWT", "Bearer"] | None = None
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    api_key: SecretStr | None = None
    api_secret: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None

    def secrets(self) -> dict[str, str]:
        """Return the credentials by the names that the auth kinds use; never log the result."""
        names = ("username", "password", "token", "api_key", "api_secret", "client_id", "client_secret")
        given = {name: getattr(self, name) for name in names}
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in given.items()
            if value is not None
        }


class Settings(BaseModel):
    """Everything the environment may say. A field's name in capitals after `CATALOG_` is its variable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: DatabaseUrl = SecretStr(f"sqlite:///{ROOT / 'instance' / 'catalog.db'}")
    secret_key: SigningKey
    # The first encrypts the secrets of external systems, all decrypt: that is how a key is replaced.
    encryption_keys: EncryptionKeys = ()
    instance_path: Path = ROOT / "instance"

    # A replica of it, for what can be read there.
    database_read_url: DatabaseUrl | None = None

    # For PostgreSQL: the connections that a process keeps and may open besides, and the seconds that anything may take.
    database_pool_size: int = Field(default=5, ge=1, le=200)
    database_pool_overflow: int = Field(default=20, ge=0, le=200)
    database_pool_wait_seconds: int = Field(default=10, ge=1, le=300)
    database_connect_seconds: int = Field(default=5, ge=2, le=60)
    database_statement_seconds: int = Field(default=30, ge=0, le=3600)

    operator_name: str = Field(default="", max_length=60)
    base_currency: str = Field(default="SAR", pattern=r"^[A-Z]{3}$")
    public_base_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    hsts_seconds: int = Field(default=0, ge=0)

    # Seconds that a client may stop in the middle of what it sends or takes, before it is cut off.
    client_patience: int = Field(default=30, ge=1, le=600)

    # What programs with an API token may do, and who may read the metrics.
    token_cache_seconds: int = Field(default=5, ge=0, le=60)
    rate_limit: str = Field(default="600/minute", pattern=r"^(off|[1-9][0-9]{0,8}/(second|minute|hour|day))$")
    rate_limit_storage: SecretStr = SecretStr("memory://")
    require_if_match: bool = False
    cors_origins: CommaSeparated = ()
    metrics_token: SecretStr | None = Field(default=None, min_length=16)

    # Who may sign in with an account elsewhere, and whether passwords of ours count beside it.
    oidc: OptionalOidc = None
    password_login: PasswordLogin = True
    # Hashes of passwords that came out elsewhere; a name that ended in _FILE would be taken for a secret's.
    breached_passwords: ReadableFile | None = None
    session_hours: Decimal = Field(default=Decimal(12), gt=0, le=24 * 30)
    session_idle_minutes: int = Field(default=60, gt=0, le=60 * 24 * 30)

    scheduler_enabled: bool = True
    # Who works: the processes that serve and beat themselves, or workers that a broker leads to.
    job_queue: Literal["inprocess", "celery"] = "inprocess"
    broker_url: BrokerUrl | None = Field(default=None, validate_default=True)
    lease_seconds: int = Field(default=60, ge=1, le=3600)
    # How long the records and changes of a run are kept; at least as long as it can be undone.
    sync_retention_days: int = Field(default=90, ge=30, le=3650)
    # How long it is kept what customers were offered and answered; caps look back for up to a year.
    contact_retention_days: int = Field(default=730, ge=365, le=3650)
    # How long decisions and what became of them are kept: trainings and evaluations look back no further.
    decision_retention_days: int = Field(default=400, ge=30, le=3650)
    allow_loopback_sources: bool = False
    source_hosts: CommaSeparated = ()
    webhook_hosts: CommaSeparated = ()

    # The campaign engine's time for what it fetched, and for how long a delivery says whom it was for.
    outbox_lease_seconds: int = Field(default=300, ge=1, le=3600)
    delivery_retention_days: int = Field(default=30, ge=1, le=3650)
    smtp_url: SmtpUrl | None = None
    smtp_from: MailFrom | None = None
    smtp_starttls: bool = True

    xiva: SourceSettings = SourceSettings()
    crm: SourceSettings = SourceSettings()
    billing: SourceSettings = SourceSettings()

    # Set by `flask demo` alone: opens the control doors of its stand-ins, and the page that uses them.
    demo_secret: SecretStr | None = None

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("broker_url")
    @classmethod
    def _is_there_if_needed(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is None and info.data.get("job_queue") == "celery":
            raise ValueError("it is missing; JOB_QUEUE=celery needs redis://host:6379/0 or amqp://user:password@host")
        return url

    @field_validator("database_read_url")
    @classmethod
    def _is_of_two_servers(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        primary = info.data.get("database_url", cls.model_fields["database_url"].default)
        if url is not None and not all(_spelled(one).startswith("postgresql+") for one in (url, primary)):
            raise ValueError("only PostgreSQL has replicas; it and DATABASE_URL must begin with postgresql://")
        return url

    @property
    def sqlalchemy_url(self) -> str:
        """Return the database URL as SQLAlchemy wants it."""
        return _spelled(self.database_url)

    @property
    def sqlalchemy_read_url(self) -> str | None:
        """Return the same of the replica, None where there is none."""
        return None if self.database_read_url is None else _spelled(self.database_read_url)

    def source(self, key: str) -> SourceSettings:
        """Return what the environment says of the external system `key`; empty for systems it cannot name."""
        return getattr(self, key) if key in SOURCE_KEYS else SourceSettings()


_NESTED: dict[str, type[BaseModel]] = {**dict.fromkeys(SOURCE_KEYS, SourceSettings), "oidc": OidcSettings}
"""What stands before a `_` in several variables, and what they are about."""


def load_settings(environ: Mapping[str, str] | None = None, *, demo_env: Path | None = None) -> Settings:
    """Return the settings, or raise SettingsError with every fault in one message.

    `environ` is the process environment by default; `demo_env` is the file a demo left behind.
    """
    values, faults = _read(_merged(os.environ if environ is None else environ, demo_env))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_fault_line(tuple(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
    if faults:
        raise SettingsError(
            "The settings are wrong; nothing was started.\n" + "\n".join(f"  {line}" for line in faults)
        )
    return settings


def unknown_settings(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the CATALOG_ variables that mean nothing here: most often a typing slip."""
    return sorted(
        name
        for name in (os.environ if environ is None else environ)
        if name.startswith(PREFIX) and not _is_known(name.removeprefix(PREFIX).removesuffix("_FILE").lower())
    )


def default_demo_env() -> Path:
    """Return where `flask demo` keeps the settings it makes up."""
    return ROOT / "instance" / "demo.env"


def _merged(environ: Mapping[str, str], demo_env: Path | None) -> dict[str, str]:
    given = _said(environ)
    demo = _said(dotenv_values(demo_env)) if demo_env is not None and demo_env.is_file() else {}
    settled = {name.removesuffix("_FILE") for name in given}
    return {**{name: value for name, value in demo.items() if name.removesuffix("_FILE") not in settled}, **given}


def _said(environ: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}


def _read(environ: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, text in sorted(environ.items()):
        key = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
        if not _is_known(key) or (name.endswith("_FILE") and name.removesuffix("_FILE") in environ):
            continue
        value = text
        if name.endswith("_FILE"):
            try:
                value = Path(text).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"{name}: the file cannot be read ({type(error).__name__})")
                continue
        _place(values, key, value)
    return values, faults


def _place(values: dict[str, object], key: str, value: str) -> None:
    source, _, field = key.partition("_")
    if source in _NESTED:
        nested = values.setdefault(source, {})
        if isinstance(nested, dict):
            nested[field] = value
    else:
        values[key] = value


def _is_known(key: str) -> bool:
    source, _, field = key.partition("_")
    if source in _NESTED:
        return field in _NESTED[source].model_fields
    return key in Settings.model_fields


def _fault_line(loc: tuple[str, ...], message: str) -> str:
    name = PREFIX + "_".join(loc).upper()
    if message == "Field required":
        return f"{name} is not set; give it, or {name}_FILE with the path of a file that holds it"
    return f"{name}: {message.removeprefix('Value error, ')}"
