"""`python -m benchmarks.torture.skewed FILE SECONDS WORDS...`: a command of the product in a process whose clock is wrong.

FILE holds the present moment as the other processes have it, in ISO 8601, or as it was when the file was written: from
then on time goes on as usual. The clock of this process is SECONDS ahead of that. Whenever the file says something
else, the clock jumps there. What counts seconds without a clock (sleeping, waiting) is not touched.
"""

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import time_machine
from flask.cli import main as flask

_LOOKS_EVERY = 0.02


def main() -> None:
    file, ahead, words = Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2])), sys.argv[3:]
    told = file.read_text(encoding="ascii")
    with time_machine.travel(datetime.fromisoformat(told) + ahead, tick=True) as traveller:
        following = threading.Thread(target=_follow, args=(traveller, file, ahead, told), daemon=True)
        following.start()
        sys.argv = ["flask", "--app", "wsgi", *words]
        flask()


def _follow(traveller: time_machine.Traveller, file: Path, ahead: timedelta, told: str) -> None:
    look = threading.Event()
    while not look.wait(_LOOKS_EVERY):
        now = file.read_text(encoding="ascii")
        # A file that is being replaced is never half there, but may be empty where a file system is full.
        if now and now != told:
            told = now
            traveller.move_to(datetime.fromisoformat(now) + ahead, tick=True)


if __name__ == "__main__":
    main()
