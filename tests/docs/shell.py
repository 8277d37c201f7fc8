"""A page of commands pasted into a real shell, whose programs report here instead of running.

Everything that the shell itself does is done by it: variables, pipes, here-documents, functions, `&&` and `$(...)`. It
finds no program but those of one folder, each a few lines that say what they were asked for and print what they are
told. So a command costs a hundredth of a second, and one that nobody thought of is not found.
"""

import marshal
import os
import selectors
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

PATIENCE_SECONDS: Final = 60
_REPORTER: Final = """#!{python} -IS
import _socket, marshal, os, stat, sys
kind = os.fstat(0).st_mode
given = sys.stdin.buffer.read() if stat.S_ISFIFO(kind) or stat.S_ISREG(kind) else b""
link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
link.connect({address!r})
link.sendall(marshal.dumps((sys.argv, dict(os.environ), os.getcwd(), given)))
link.shutdown(_socket.SHUT_WR)
told = b""
while some := link.recv(65536):
    told += some
code, out, err = marshal.loads(told)
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(err)
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
"""
_PROLOGUE: Final = "set -eu -o pipefail; trap 'echo \"line $LINENO: $BASH_COMMAND\" >&2' ERR; "


@dataclass(frozen=True)
class Asked:
    """What a program was started with; `name` is the last part of its path."""

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    given: bytes


@dataclass(frozen=True)
class Told:
    """What it ends with."""

    code: int = 0
    out: bytes = b""
    err: bytes = b""


Answering = Callable[[Asked], Told]


class Shell:
    """Runs scripts in `folder`; each program of `reported` is answered by `answering`, in the thread that called."""

    def __init__(self, folder: Path, *, reported: Iterable[str], real: Iterable[str], answering: Answering) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        self._path = f"{folder}/usr/local/sbin:{self.programs}"
        self._answering = answering
        self._reporter = folder / "reporter"
        for name in reported:
            (self.programs / name).symlink_to(self._reporter)
        for name in real:
            found = shutil.which(name)
            assert found, f"{name} is not installed"
            (self.programs / name).symlink_to(found)

    def report(self, path: Path) -> None:
        """Put a reporting program at a path of its own."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(self._reporter)

    def run(self, script: str, environment: Mapping[str, str], *, name: str) -> subprocess.CompletedProcess[str]:
        """Run the script, which its faults call by this name."""
        page = self.folder / name
        page.write_text(_PROLOGUE + script, encoding="utf-8")
        bash = shutil.which("bash")
        assert bash, "bash is not installed"
        (home := self.folder / "home").mkdir(exist_ok=True)
        # The name of a socket may have a hundred characters; the folders of tests have more at times.
        with TemporaryDirectory() as short, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(address := f"{short}/reports")
            listener.listen()
            self._reporter.write_text(_REPORTER.format(python=sys.executable, address=address), encoding="utf-8")
            self._reporter.chmod(0o755)
            with subprocess.Popen(
                [bash, "--norc", "--noprofile", page.name],
                cwd=self.folder,
                env={"PATH": self._path, "HOME": str(home), "LANG": "C.UTF-8", **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process:
                output = self._listen(listener, process)
        return subprocess.CompletedProcess([name], process.returncode, output.decode(errors="replace"))

    def _listen(self, listener: socket.socket, process: "subprocess.Popen[bytes]") -> bytes:
        """Answer reports until the shell has ended, and return what it printed."""
        output = b""
        assert process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(listener, selectors.EVENT_READ)
            waiting.register(process.stdout, selectors.EVENT_READ)
            while True:
                ready = waiting.select(PATIENCE_SECONDS)
                assert ready, "the shell stands still"
                for key, _ in ready:
                    if key.fileobj is listener:
                        self._answer(listener)
                    elif some := os.read(process.stdout.fileno(), 65536):
                        output += some
                    else:
                        return output

    def _answer(self, listener: socket.socket) -> None:
        link, _ = listener.accept()
        with link:
            argv, environment, folder, given = marshal.loads(_everything(link))  # noqa: S302  # our own program wrote it
            asked = Asked(Path(argv[0]).name, tuple(argv[1:]), environment, Path(folder), given)
            told = self._answering(asked)
            link.sendall(marshal.dumps((told.code, told.out, told.err)))


def _everything(link: socket.socket) -> Any:
    told = bytearray()
    while some := link.recv(65536):
        told += some
    return bytes(told)
