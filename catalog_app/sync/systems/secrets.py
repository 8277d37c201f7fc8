"""Secrets of external systems: kept sealed, or as the name of a variable; opened at the moment of use and not before.

What is kept of a secret is {"sealed": token} or {"env": variable}. A token is opened by any of CATALOG_ENCRYPTION_KEYS,
and made with the first of them, which is how a key is replaced: put the new one first, `systems reseal`, drop the old.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from catalog_app.core import sealing
from catalog_app.core.errors import FatalError, RuleError, Sentence
from catalog_app.core.sealing import NoKeyError, NotOurSealError, can_seal
from catalog_app.settings import PREFIX, SOURCE_KEYS, Settings

SECRETS: Final = ("username", "password", "token", "api_key", "api_secret", "client_id", "client_secret")
"""Every name that a secret may have, in the order in which people are asked for them."""
MAX_LENGTH: Final = 4096
NO_KEYS: Final = Sentence(
    "Nothing can be sealed here, because CATALOG_ENCRYPTION_KEYS is not set. Set it to what `openssl rand -base64 32` prints, or name an environment variable that holds the secret."
)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}", re.ASCII)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Kept = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class SecretInput:
    """What somebody says of one secret: its value, the variable that holds it, or neither, which forgets it."""

    value: str | None = field(default=None, repr=False)
    variable: str | None = None

    def check(self) -> None:
        """Raise ValueError, in words that do not repeat the value, for what cannot be a secret."""
        if self.value is not None and self.variable is not None:
            raise ValueError(Sentence("Give either the secret or the variable that holds it."))
        if self.value is not None:
            _check_value(self.value)
        if self.variable is not None:
            _check_variable(self.variable)


def check_secrets(secrets: Mapping[str, SecretInput]) -> None:
    """Raise RuleError, with a sentence for each, for what cannot be secrets."""
    faults: dict[str, str] = {}
    for name, given in secrets.items():
        try:
            given.check()
        except ValueError as fault:
            faults[f"secrets.{name}"] = str(fault)
    if faults:
        raise RuleError(faults)


@dataclass(frozen=True)
class SecretFact:
    """What may be shown of a secret: whether it is sealed here, read from a variable, or not set."""

    kind: Literal["sealed", "env", "unset"]
    variable: str | None = None

    def __str__(self) -> str:
        return {"sealed": "sealed", "env": f"from env {self.variable}", "unset": "not set"}[self.kind]


def seal(value: str) -> dict[str, str]:
    """Return what may be kept of a secret; raise FatalError where there is no key."""
    try:
        return {"sealed": sealing.seal(value)}
    except NoKeyError:
        raise FatalError(NO_KEYS) from None


def kept_of(given: SecretInput) -> dict[str, str] | None:
    """Return what is to be kept of a secret, None to forget it; raise FatalError where nothing can be sealed."""
    if given.variable is not None:
        return {"env": given.variable}
    return None if given.value is None else seal(given.value)


def fact_of(kept: Kept, name: str) -> SecretFact:
    """Return what may be shown of the secret with this name."""
    entry = kept.get(name)
    if entry is None:
        return SecretFact("unset")
    return SecretFact("env", entry["env"]) if "env" in entry else SecretFact("sealed")


def fault_of(kept: Kept, name: str) -> str | None:
    """Return in words why a secret that is kept cannot be used now; None where it can, or where nothing is kept."""
    try:
        if name in kept:
            opened(kept, name)
    except FatalError as fault:
        return str(fault)
    return None


def opened(kept: Kept, name: str) -> str:
    """Return the plain secret; raise FatalError that says what to do. Never log the result, nor put it in an error."""
    entry = kept[name]
    return _from_environment(name, entry["env"]) if "env" in entry else _unsealed(name, entry["sealed"])


def resolve(kept: Kept) -> dict[str, str]:
    """Return the plain secrets by name; the same as `opened` for each."""
    return {name: opened(kept, name) for name in kept}


def resealed(kept: Kept) -> dict[str, dict[str, str]]:
    """Return the secrets with each token that the first key does not open made anew with it.

    Raises FatalError for a token that no key opens: it must not be lost by dropping the key that it needs.
    """
    anew: dict[str, dict[str, str]] = {}
    for name, entry in kept.items():
        if "sealed" in entry and not can_seal():
            raise FatalError(NO_KEYS)
        is_old = "sealed" in entry and not sealing.is_newest_seal(entry["sealed"])
        anew[name] = seal(_unsealed(name, entry["sealed"])) if is_old else dict(entry)
    return anew


def _unsealed(name: str, token: str) -> str:
    try:
        return sealing.unseal(token)
    except NoKeyError:
        raise FatalError(
            Sentence(
                "The secret %(name)r is sealed and CATALOG_ENCRYPTION_KEYS is not set. Set the key it was sealed with, or enter the secret anew.",
                name=name,
            )
        ) from None
    except NotOurSealError:
        raise FatalError(
            Sentence(
                "The secret %(name)r cannot be opened: none of CATALOG_ENCRYPTION_KEYS sealed it. Put the key back that did, or enter the secret anew.",
                name=name,
            )
        ) from None


def _from_environment(name: str, variable: str) -> str:
    """Return what a variable says, or the file that `<variable>_FILE` names, as with every setting of ours."""
    if value := os.environ.get(variable):
        return value
    if not (path := os.environ.get(f"{variable}_FILE")):
        raise FatalError(
            Sentence(
                "The secret %(name)r is read from the environment variable %(variable)s, which is not set. Set it and start the service again, or enter the secret anew.",
                name=name,
                variable=variable,
            )
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        kind = type(fault).__name__
        raise FatalError(
            Sentence(
                "The secret %(name)r: the file that %(variable)s_FILE names cannot be read (%(kind)s).",
                name=name,
                variable=variable,
                kind=kind,
            )
        ) from None


def _check_value(value: str) -> None:
    if not value:
        raise ValueError(Sentence("Fill this in."))
    if len(value) > MAX_LENGTH:
        raise ValueError(Sentence("Use at most %(most)s characters.", most=MAX_LENGTH))
    if _CONTROL.search(value):
        raise ValueError(Sentence("A secret is one line, without control characters."))


def _check_variable(name: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(Sentence("Name an environment variable, such as XIVA_PASSWORD."))
    # Who may edit a system must not have the service send its own keys there, nor what another system is opened with.
    ours = name.removesuffix("_FILE").upper()
    setting = ours.removeprefix(PREFIX).lower()
    if ours.startswith(PREFIX) and (setting in Settings.model_fields or setting.partition("_")[0] in SOURCE_KEYS):
        raise ValueError(Sentence("%(name)s is a setting of this service and no secret of another system.", name=name))
