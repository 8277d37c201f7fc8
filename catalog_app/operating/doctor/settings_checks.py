"""What the settings say by themselves."""

from collections.abc import Iterator
from typing import Final

from dotenv import dotenv_values

from catalog_app.operating.doctor.ground import Finding, Ground, host_of, is_here
from catalog_app.settings import PREFIX, unknown_settings

_FEW_LETTERS: Final = 10
_TLS_OF_ITS_OWN: Final = "GRANIAN_SSL_CERTIFICATE"


def unknown_variables(ground: Ground) -> Iterator[Finding]:
    for name in unknown_settings(ground.environ):
        yield Finding(f"{name} means nothing here.", "See whether it is spelled right, or take it out.")


def no_encryption_keys(ground: Ground) -> Iterator[Finding]:
    if not ground.settings.encryption_keys:
        yield Finding(
            "CATALOG_ENCRYPTION_KEYS is not set, so no secret can be typed in and nothing is signed.",
            "Set it to what `openssl rand -base64 32` prints, and keep it apart from the backups.",
        )


def weak_secret_key(ground: Ground) -> Iterator[Finding]:
    key = ground.settings.secret_key.get_secret_value()
    anew = "Set CATALOG_SECRET_KEY to what `openssl rand -base64 48` prints."
    if len(set(key)) < _FEW_LETTERS:
        yield Finding("CATALOG_SECRET_KEY can be guessed: it is made of a few letters.", anew)
    if not ground.is_demo and key == _of_demo(ground, "SECRET_KEY"):
        yield Finding("CATALOG_SECRET_KEY is the one of the demo.", anew)


def demo_settings_left(ground: Ground) -> Iterator[Finding]:
    said = any(ground.environ.get(f"{PREFIX}DATABASE_URL{end}") for end in ("", "_FILE"))
    path = ground.root / "instance" / "demo.env"
    if said and path.is_file():
        yield Finding(
            "instance/demo.env of a demo counts for all that the environment does not say, beside a real database.",
            f"Delete {path}.",
        )


def public_address(ground: Ground) -> Iterator[Finding]:
    url = ground.settings.public_base_url
    if url is None:
        if not ground.is_demo:
            yield Finding(
                "CATALOG_PUBLIC_BASE_URL is not set, so links that programs get name whatever host they asked.",
                "Set it to the address at which people reach the service: https://catalog.operator.example",
            )
    elif url.startswith("http://") and not is_here(host_of(url)):
        yield Finding(
            "CATALOG_PUBLIC_BASE_URL begins with http://, so passwords and cookies cross the network in clear.",
            "Put a proxy with TLS in front, and name the https:// address.",
        )


def hsts_without_tls(ground: Ground) -> Iterator[Finding]:
    if ground.settings.hsts_seconds and (ground.settings.public_base_url or "").startswith("http://"):
        yield Finding(
            "CATALOG_HSTS_SECONDS is set, but CATALOG_PUBLIC_BASE_URL begins with http://.",
            "Name the https:// address, or unset CATALOG_HSTS_SECONDS until there is TLS.",
        )


def proxy_not_trusted(ground: Ground) -> Iterator[Finding]:
    is_public = (ground.settings.public_base_url or "").startswith("https://")
    if is_public and ground.settings.trusted_proxies == 0 and not ground.environ.get(_TLS_OF_ITS_OWN):
        yield Finding(
            "The service is reached by https, but CATALOG_TRUSTED_PROXIES is 0: cookies are not marked Secure, and "
            "everybody comes from the proxy's address.",
            "Set CATALOG_TRUSTED_PROXIES to the number of proxies in front, usually 1.",
        )


def mail_without_sender(ground: Ground) -> Iterator[Finding]:
    settings = ground.settings
    if settings.smtp_url is not None and settings.smtp_from is None:
        yield Finding(
            "CATALOG_SMTP_URL is set, but CATALOG_SMTP_FROM is not.",
            "Set CATALOG_SMTP_FROM to who the mails come from.",
        )
    if settings.smtp_from is not None and settings.smtp_url is None:
        yield Finding(
            "CATALOG_SMTP_FROM is set, but CATALOG_SMTP_URL is not.", "Set CATALOG_SMTP_URL to the mail server."
        )


def sources_on_this_machine(ground: Ground) -> Iterator[Finding]:
    if ground.settings.allow_loopback_sources and not ground.is_demo:
        yield Finding(
            "CATALOG_ALLOW_LOOPBACK_SOURCES lets whoever sets up a system or a webhook reach services of this machine.",
            "Unset it; it is for demos and tests.",
        )


def _of_demo(ground: Ground, name: str) -> str | None:
    path = ground.root / "instance" / "demo.env"
    return dotenv_values(path).get(PREFIX + name) if path.is_file() else None
