"""What app.py brings together: the settings, and answers that a lower room may ask of a higher one."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, current_app

from catalog_app.settings import Settings

_SETTINGS = "catalog-settings"
_PROVIDERS = "catalog-providers"
T = TypeVar("T")


def provide_settings(app: Flask, settings: Settings) -> None:
    app.extensions[_SETTINGS] = settings


def settings() -> Settings:
    """Return the settings of the running application."""
    return cast("Settings", current_app.extensions[_SETTINGS])


def settings_of(app: Flask) -> Settings:
    """Return the settings of an application that may not be the running one."""
    return cast("Settings", app.extensions[_SETTINGS])


def provide(app: Flask, kind: type[T], provider: T) -> None:
    """Let `provider` answer what the protocol `kind` asks."""
    app.extensions.setdefault(_PROVIDERS, {}).setdefault(kind, []).append(provider)


def providers(kind: type[T]) -> tuple[T, ...]:
    """Return everybody who answers what `kind` asks; nobody is a possible answer."""
    return tuple(current_app.extensions.get(_PROVIDERS, {}).get(kind, ()))


def providers_of(app: Flask, kind: type[T]) -> tuple[T, ...]:
    """Return the same for an application that may not be the running one."""
    return tuple(app.extensions.get(_PROVIDERS, {}).get(kind, ()))


def kept(kind: type[T], make: Callable[[], T]) -> T:
    """Return the one of this kind that the running application keeps for as long as it lives, made when first needed."""
    extensions, key = current_app.extensions, f"catalog-kept-{kind.__module__}.{kind.__qualname__}"
    found = extensions.get(key)
    # Two threads may make one each; all of them keep the first.
    return cast("T", extensions.setdefault(key, make()) if found is None else found)
