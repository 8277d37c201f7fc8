"""`python -m catalog_app.demo.standin NAME`: one stand-in as a program of its own.

When it listens it prints one JSON line {"system", "base_url"}. It ends when its standard input does, so
whoever started it and holds the other end of that pipe takes it along, however they end.
"""

import argparse
import json
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from catalog_app.demo.standin.registry import STANDINS, StandinKind, WrongUsageError

_USAGE = 64


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    kind: StandinKind = options.kind
    try:
        standin = kind.build(options, os.environ)
    except WrongUsageError as error:
        print(f"{kind.name}: {error}", file=sys.stderr)
        return _USAGE
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, _leave)
    with standin:
        print(json.dumps({"system": standin.name, "base_url": standin.base_url}), flush=True)
        _wait_for_the_end_of(sys.stdin.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m catalog_app.demo.standin", description="Play an external system on 127.0.0.1.")
    names = parser.add_subparsers(required=True, metavar="NAME")
    for kind in STANDINS:
        options = names.add_parser(kind.name, help=kind.help)
        options.set_defaults(kind=kind)
        options.add_argument("--port", type=int, default=0, help="0 takes a free one")
        kind.add_options(options)
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def _wait_for_the_end_of(stream: int) -> None:
    while os.read(stream, 4096):
        pass


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
