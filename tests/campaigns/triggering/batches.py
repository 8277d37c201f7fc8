"""A program that triggers a campaign for many customers, a batch after the other, and says which it has done.

`python -m tests.campaigns.triggering.batches CAMPAIGN BATCHES SIZE`: for each line that it reads it does so in a process
of its own, which may be killed; that it is loaded already saves each of them a second.
"""

import os
import sys

from flask import Flask

from catalog_app.app import create_app
from catalog_app.settings import load_settings
from tests.campaigns.triggering.calls import batch, trigger


def main(campaign_id: int, batches: int, size: int) -> None:
    app = create_app(load_settings(), with_commands=False)
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            _say(f"begun {os.getpid()}")
            _work(app, campaign_id, batches, size)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say(f"ended {status}")


def _work(app: Flask, campaign_id: int, batches: int, size: int) -> None:
    with app.app_context():
        for number in range(batches):
            results = trigger(campaign_id, *batch(number, size))
            _say(f"{number} {sum(result.repeated for result in results)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
