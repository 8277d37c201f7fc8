"""A program that hands over what a campaign has due, by the clock: `python -m tests.campaigns.senders.turns CAMPAIGN`."""

import sys

from catalog_app.app import create_app
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.settings import load_settings


def main(campaign_id: int) -> None:
    app = create_app(load_settings(), with_commands=False)
    with app.app_context():
        hand_over(campaign_id)


if __name__ == "__main__":
    main(int(sys.argv[1]))
