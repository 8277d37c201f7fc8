"""A process that is killed between handing a message over and noting it: the message comes again, under its id."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from catalog_app.campaigns.models import LEASED, SENT
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.core.clock import utcnow
from catalog_app.settings import ROOT, Settings
from tests.campaigns.senders.promises import promised, running, statuses
from tests.campaigns.senders.sides import Receiver
from tests.core.http.hostile import Asked, Say
from tests.support.databases import SECRET_KEY

MESSAGES = 6


@pytest.mark.timeout(120)
def test_what_was_sent_and_not_noted_when_a_process_is_killed_comes_again_under_its_id(
    app: Flask, settings: Settings, receiver: Receiver, tmp_path: Path
) -> None:
    campaign = running("webhook", receiver.config)
    promised(campaign, MESSAGES, created_at=utcnow() - timedelta(minutes=1))
    process = _started(settings, tmp_path, campaign)

    def killed_at_the_third(asked: Asked) -> Say:
        if len(receiver.server.asked) == 3:
            process.send_signal(signal.SIGKILL)
        return Say(status=204)

    receiver.server.script = killed_at_the_third
    assert process.wait(timeout=60) == -signal.SIGKILL

    # What it had, it had for itself: nobody else gets it before its time is over.
    assert Counter(statuses(campaign))[LEASED] >= 1
    assert hand_over(campaign) == 0
    hand_over(campaign, clock=lambda: utcnow() + timedelta(minutes=5))

    assert statuses(campaign) == [SENT] * MESSAGES
    came = Counter(asked.headers["webhook-id"] for asked in receiver.server.asked)
    assert len(came) == MESSAGES
    assert max(came.values()) == 2, "nothing came twice, so nothing was killed between sending and noting"


def _started(settings: Settings, instance: Path, campaign_id: int) -> subprocess.Popen[bytes]:
    (key,) = settings.encryption_keys
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_ENCRYPTION_KEYS": key.get_secret_value(),
        "CATALOG_ALLOW_LOOPBACK_SOURCES": "true",
        "CATALOG_INSTANCE_PATH": str(instance),
        "CATALOG_LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.senders.turns", str(campaign_id)], cwd=ROOT, env=environment
    )
