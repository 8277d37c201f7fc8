"""A process that is killed while it learns leaves the model in place that serves, and the work to somebody else."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

from flask import Flask

from catalog_app.core.db import db
from catalog_app.recommendations.training.service import TrainingBacklog, TrainingService
from catalog_app.recommendations.training.versions import ModelService
from catalog_app.settings import ROOT, Settings
from tests.recommendations.training.streams import told_stream, trained
from tests.support.databases import SECRET_KEY

KILLED = """
    import os, signal, sys
    from catalog_app.app import create_app
    from catalog_app.recommendations.training import steps
    from catalog_app.recommendations.training.service import TrainingService
    from catalog_app.settings import load_settings

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    steps._finish = die
    with create_app(load_settings()).app_context():
        TrainingService().run_now(int(sys.argv[1]))
"""


def test_killed_in_the_middle_the_former_model_serves_and_the_training_is_taken_up_once_more(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    told_stream(150)
    former = trained().model_version
    training = TrainingService().request(actor="tests", enqueue=False)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
    }

    def killed() -> str:
        db.session.remove()
        command = [sys.executable, "-c", dedent(KILLED), str(training.id)]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        assert TrainingBacklog().waiting() == (), "one at a time"
        TrainingBacklog().settle(datetime(2026, 1, 1, 12, tzinfo=UTC))
        return TrainingService().get(training.id).status

    assert killed() == "queued"
    assert list(TrainingBacklog().waiting()) == [training.id]
    assert killed() == "failed"
    active = ModelService().active()
    assert active is not None
    assert active.version == former
