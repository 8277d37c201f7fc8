"""Each fault that the doctor knows, made on a sound installation, with words that it is told in and where it can be."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, NullPool, create_engine, text

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.schema_version import UNFINISHED_RESTORE
from catalog_app.operating.doctor.ground import Bounds, Ground
from catalog_app.recommendations.models import NboSettings
from catalog_app.settings_oidc import OidcSettings
from catalog_app.sync.models import ExternalSystem, SystemSchedule
from tests.operating.filled import fill

IN_C = "_in_c"
WORKERS = {"GRANIAN_WORKERS": "3"}


def said(**changes: Any) -> Callable[[Ground], Ground]:
    """Return what makes an installation with other settings."""
    return lambda ground: replace(ground, settings=ground.settings.model_copy(update=changes))


def around(**environ: str) -> Callable[[Ground], Ground]:
    return lambda ground: replace(ground, environ=environ)


def ran(statement: str) -> Callable[[Ground], Ground]:
    """Return what writes past every door, as an operator with a database client might."""

    def write(ground: Ground) -> Ground:
        with writing() as session:
            session.execute(text(statement))
        return ground

    return write


def a_system(**values: Any) -> Callable[[Ground], Ground]:
    def write(ground: Ground) -> Ground:
        with writing() as session:
            system = session.get_one(ExternalSystem, "xiva")
            for name, value in {"base_url": "https://bss.operator.example", **values}.items():
                setattr(system, name, value)
        return ground

    return write


def with_file(name: str, content: str = "", mode: int = 0o600) -> Callable[[Ground], Ground]:
    def write(ground: Ground) -> Ground:
        path = ground.root / name
        path.write_text(content)
        path.chmod(mode)
        return ground

    return write


def both(*steps: Callable[[Ground], Ground]) -> Callable[[Ground], Ground]:
    def take(ground: Ground) -> Ground:
        for step in steps:
            ground = step(ground)
        return ground

    return take


def a_mount(ground: Ground) -> Ground:
    mounts = ground.root / "mounts"
    folder = ground.sqlite_file.parent if ground.sqlite_file else ground.root
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/share {folder.resolve()} nfs4 rw 0 0\n")
    return replace(ground, mounts=mounts)


def without_trigrams(ground: Ground) -> Ground:
    ground.database.rollback()
    ground.database.exec_driver_sql("DROP EXTENSION pg_trgm CASCADE")
    return ground


def without_letters(ground: Ground) -> Ground:
    """Look at a database in the locale C. It is gone with the test."""
    ground.database.rollback()
    name = f"{ground.database.engine.url.database}{IN_C}"
    with ground.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    connection = create_engine(ground.database.engine.url.set(database=name), poolclass=NullPool).connect()
    connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
    return replace(ground, connection=connection)


def drop_without_letters(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {engine.url.database}{IN_C} WITH (FORCE)")


def without_log(ground: Ground) -> Ground:
    ground.database.rollback()
    ground.database.connection.cursor().execute("PRAGMA journal_mode=DELETE")
    return ground


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def many_answers(ground: Ground) -> Ground:
    with writing() as session:
        session.get_one(NboSettings, 1).attribution_days = 90
    return said(decision_retention_days=30)(ground)


def dead_deliveries(ground: Ground) -> Ground:
    fill()
    return ran("UPDATE delivery SET status = 'dead'")(replace(ground, now=utcnow()))


def mails(ground: Ground) -> Ground:
    fill()
    return ran("UPDATE campaign SET sender = 'smtp', status = 'active'")(ground)


def never_read(ground: Ground) -> Ground:
    with writing() as session:
        row = {"frequency": "daily", "due_at": utcnow(), "failures": 3, "reason": "it is away"}
        session.add(SystemSchedule(external_system="xiva", **row))
    return a_system(sync_frequency="daily", auth_kind="none")(ground)


SEALED = Fernet(Fernet.generate_key()).encrypt(b"secret").decode()
GONE = f"127.0.0.1:{free_port()}"
NOWHERE = f"redis://{GONE}/0"
PROVIDER = OidcSettings.model_validate(
    {"issuer": f"https://{GONE}", "client_id": "catalog", "client_secret": "long enough", "roles": "staff=viewer"}
)
SQLITE, POSTGRESQL = ("sqlite",), ("postgresql",)
BOTH = (*SQLITE, *POSTGRESQL)

CASES: dict[str, tuple[Callable[[Ground], Ground], str, tuple[str, ...]]] = {
    "database-silent": (lambda ground: replace(ground, silence="OperationalError"), "does not answer", SQLITE),
    "schema": (ran(f"CREATE TABLE {UNFINISHED_RESTORE} (id integer)"), "not put back", BOTH),
    "libraries-too-old": (with_file("requirements.txt", "Flask==99.0\nunheard-of-library==1.0\n"), "99.0", SQLITE),
    "front-end-files": (with_file("static/vendor/htmx.min.js", "other"), "htmx", SQLITE),
    "unknown-variables": (around(CATALOG_SESION_HOURS="3"), "CATALOG_SESION_HOURS", SQLITE),
    "no-encryption-keys": (said(encryption_keys=()), "ENCRYPTION_KEYS", SQLITE),
    "weak-secret-key": (said(secret_key=SecretStr("x" * 40)), "guessed", SQLITE),
    "demo-settings-left": (
        both(with_file("instance/demo.env"), around(CATALOG_DATABASE_URL="postgresql://db/catalog")),
        "demo.env",
        SQLITE,
    ),
    "public-address": (said(public_base_url=None), "PUBLIC_BASE_URL", SQLITE),
    "hsts-without-tls": (said(hsts_seconds=60, public_base_url="http://catalog.operator.example"), "HSTS", SQLITE),
    "proxy-not-trusted": (said(trusted_proxies=0), "TRUSTED_PROXIES", SQLITE),
    "mail-without-sender": (said(smtp_url=SecretStr("smtp://mail.operator.example")), "SMTP_FROM", SQLITE),
    "sources-on-this-machine": (said(allow_loopback_sources=True), "LOOPBACK", SQLITE),
    "files-open-to-others": (with_file("instance/demo.env", mode=0o644), "demo.env", SQLITE),
    "disk-nearly-full": (lambda ground: replace(ground, bounds=Bounds(free_bytes=1 << 62)), "MB left", BOTH),
    "sqlite-in-a-network-folder": (a_mount, "nfs4", SQLITE),
    "limits-counted-apart": (around(**WORKERS), "3 workers", SQLITE),
    "limits-not-counted": (said(rate_limit_storage=SecretStr(NOWHERE)), "nobody is limited", SQLITE),
    "metrics-not-shared": (around(**WORKERS), "3 workers", SQLITE),
    "metrics-folder": (around(PROMETHEUS_MULTIPROC_DIR="/dev/null/metrics"), "/dev/null", SQLITE),
    "broker-away": (said(job_queue="celery", broker_url=SecretStr(NOWHERE)), "BROKER_URL", SQLITE),
    # With a password that would end the host of another kind of address.
    "replica-away": (said(database_read_url=SecretStr(f"postgresql://us:p#s/@{GONE}/catalog")), "READ_URL", SQLITE),
    "provider-away": (said(oidc=PROVIDER), "OIDC", SQLITE),
    "sqlite-without-log": (without_log, "journal_mode", SQLITE),
    "postgresql-too-old": (
        lambda ground: replace(ground, bounds=Bounds(free_bytes=0, postgresql=99)),
        "PostgreSQL is at",
        POSTGRESQL,
    ),
    "postgresql-without-trigrams": (without_trigrams, "pg_trgm", POSTGRESQL),
    "postgresql-without-letters": (without_letters, "no letter beyond a to z", POSTGRESQL),
    "too-few-connections": (around(GRANIAN_WORKERS="1000"), "1000 workers", POSTGRESQL),
    "clocks-apart": (
        lambda ground: replace(ground, now=ground.now + timedelta(seconds=30)),
        "seconds apart",
        POSTGRESQL,
    ),
    "nobody-beats": (ran("DELETE FROM heartbeat"), "No process has beaten", BOTH),
    "no-admin": (ran("UPDATE user_account SET is_active = false"), "no admin", BOTH),
    "demo-account": (ran("UPDATE user_account SET email = 'admin@demo.example'"), "demo", SQLITE),
    "closed-secrets": (a_system(secrets={"password": {"sealed": SEALED}}), "Xiva (password)", BOTH),
    "unset-variables": (a_system(secrets={"password": {"env": "NOBODY_SET_THIS"}}), "NOBODY_SET_THIS", SQLITE),
    "sources-out-of-reach": (a_system(base_url="http://localhost:9999"), "this machine", SQLITE),
    "sources-in-clear": (a_system(base_url="http://bss.operator.example"), "in clear", SQLITE),
    "old-catalogues": (never_read, "never been read", BOTH),
    "mails-without-server": (mails, "mail server", BOTH),
    "dead-messages": (dead_deliveries, "given up", BOTH),
    "answers-outlive-decisions": (many_answers, "90 days", BOTH),
}
