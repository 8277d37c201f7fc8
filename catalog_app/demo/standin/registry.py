"""The stand-ins that can be started as programs: a new system is one more line here."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog_app.demo.catalogue import offerings
from catalog_app.demo.standin.base import Standin
from catalog_app.demo.standin.xiva import Shape, XivaStandin

PASSWORD_VARIABLE = "STANDIN_PASSWORD"  # noqa: S105 - the name of the variable, not what it holds


class WrongUsageError(Exception):
    """The stand-in cannot be started with what it was given; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class StandinKind:
    """How one stand-in is started: its options, and how to build it from them and the environment."""

    name: str
    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    build: Callable[[argparse.Namespace, Mapping[str, str]], Standin]


def _add_xiva_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--products", type=int, help="how many to list; all hand-written ones if left out")
    parser.add_argument("--username", default="catalogue")
    parser.add_argument("--shape", type=Shape, choices=list(Shape), default=Shape.LIST, help="how a page is wrapped")
    parser.add_argument("--access-seconds", type=float, default=300.0, help="how long an access token is good for")


def _build_xiva(options: argparse.Namespace, environment: Mapping[str, str]) -> Standin:
    password = environment.get(PASSWORD_VARIABLE)
    if not password:
        raise WrongUsageError(f"Set {PASSWORD_VARIABLE}; there is no password by default.")
    if options.products is not None and options.products < 0:
        raise WrongUsageError("--products cannot be negative.")
    return XivaStandin(
        offerings(options.products),
        shape=options.shape,
        username=options.username,
        password=password,
        access_seconds=options.access_seconds,
        port=options.port,
    )


STANDINS: tuple[StandinKind, ...] = (
    StandinKind("xiva", "a BSS behind a login, TMF620 v5", _add_xiva_options, _build_xiva),
)
