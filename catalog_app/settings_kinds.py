"""The kinds of values that settings have: how the text of a variable is read, and what is wrong with it."""

from base64 import urlsafe_b64decode
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

KEY_BYTES = 32
"""How long the key of a Fernet is."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _checked_database(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme not in ("sqlite", "postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("it must begin with sqlite:// or postgresql://")
    # A password may hold what would end a host elsewhere, so only what stands behind it is looked at.
    if not _has_readable_port(rest.rpartition("@")[2]):
        raise ValueError("the port must be a number from 1 to 65535")
    return url


def _has_readable_port(address: str) -> bool:
    try:
        return urlsplit(f"//{address}").port != 0
    except ValueError:
        return False


def _checked_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for key in keys:
        try:
            usable = len(urlsafe_b64decode(key.get_secret_value())) == KEY_BYTES
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("each must be 32 random bytes in url-safe base64, as `openssl rand -base64 32` makes them")
    return keys


def _checked_mail_server(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(
            "it must be smtp://host:587 or smtps://host:465, with user:password@ before the host if needed"
        )
    if not _has_readable_port(parts.netloc.rpartition("@")[2]):
        raise ValueError("the port must be a number from 1 to 65535")
    if parts.username and parts.password is None:
        raise ValueError("a user needs a password; write %3A, %40 and %2F for : @ and / in either")
    return url


def _checked_broker(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme not in ("amqp", "amqps", "redis", "rediss", "filesystem") or not rest:
        raise ValueError("it must be amqp://user:password@host:5672/vhost or redis://:password@host:6379/0")
    if scheme != "filesystem" and not _has_readable_port(rest.rpartition("@")[2].partition("/")[0]):
        raise ValueError("the port must be a number from 1 to 65535")
    return url


BrokerUrl = Annotated[SecretStr, BeforeValidator(_stripped), AfterValidator(_checked_broker)]
CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_split)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_checked_database)]
EncryptionKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_split), AfterValidator(_checked_keys)]
SmtpUrl = Annotated[SecretStr, BeforeValidator(_stripped), AfterValidator(_checked_mail_server)]
MailFrom = Annotated[
    str, Field(max_length=320, pattern=r"^(?:[^\x00-\x1f\x7f<>@]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$")
]
SigningKey = Annotated[SecretStr, Field(min_length=32), BeforeValidator(_stripped)]
