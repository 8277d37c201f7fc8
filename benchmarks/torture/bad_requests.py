"""`requests`: what nobody sends by accident, to every route of the running server, and bytes that are hardly HTTP."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection

from flask import Flask

from benchmarks.torture.ground import Finding, Ground, ground, offering
from catalog_app.accounts.roles import SCOPES
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import sessions, users
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from tests.hostile import everywhere
from tests.hostile.malformed import STATUS, conversations, fault_of
from tests.hostile.server import Server, serving
from tests.support.api import Program
from tests.support.clients import HERE
from tests.support.clients import PASSWORD as TYPED
from tests.support.hostile_requests import Hostile

PAGES = ("/admin/", "/login", "/language", "/")
PRODUCTS = 20
LEAST = 500
_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_ENDS_A_SESSION = {"/logout"}
_NOT_ANSWERED = "nothing"


@dataclass
class Tally:
    """What came back: how often which status, and what was wrong."""

    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, asked: object, said: bytes, *, is_owed: bool = True) -> None:
        self.statuses.update(status.decode() for status in STATUS.findall(said) or (_NOT_ANSWERED.encode(),))
        if fault := fault_of(said, is_owed=is_owed):
            self.faults.append(f"{asked} {fault}")


def bad_requests(database: str) -> Iterator[Finding]:
    """Ask a server of one worker, as in production, and see that it still answers afterwards."""
    with ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
        app = there.app()
        with app.app_context():
            program = Program.with_scopes(app, *SCOPES)
            for name in ("nobody", "admin"):
                users.create(NewUser(email=f"{name}@example.org", name=name, role="admin"), TYPED, actor="torture")
            db.session.remove()
        process = there.start("sync", "run", "xiva", "--wait")
        assert process.wait(timeout=120) == 0, there.told(process)
        with serving(_environment(there)) as server:
            yield _found(f"every route for programs, {database}", _to_programs(server, app, program.token))
            yield _found(f"every page, signed in, {database}", _to_pages(server, app))
            yield _found(f"bytes that are hardly HTTP, {database}", _malformed(server, program.token), least=100)
            status, _, _ = _ask(server, "/readyz", {})
            yield Finding(
                "... the same process afterwards",
                f"/readyz answers {status}",
                server.process.poll() is None and status == HTTPStatus.OK,
            )
        with app.app_context():
            db.engine.dispose()


def _environment(there: Ground) -> Mapping[str, str]:
    quiet = {"SCHEDULER_ENABLED": "false", "RATE_LIMIT": "off", "CLIENT_PATIENCE": "3", "LOG_LEVEL": "ERROR"}
    return {**there.environment, **{f"CATALOG_{name}": value for name, value in quiet.items()}}


def _found(what: str, tally: Tally, *, least: int = LEAST) -> Finding:
    for fault in tally.faults[:5]:
        print(f"    {fault}"[:500])
    sent = tally.statuses.total()
    broken = sum(
        count for status, count in tally.statuses.items() if status >= "5" and status not in ("501", _NOT_ANSWERED)
    )
    return Finding(
        f"{what}: bad requests",
        f"{sent}, of which {broken} 5xx, {len(tally.faults)} with any fault",
        not tally.faults and sent >= least,
    )


def _to_programs(server: Server, app: Flask, token: str) -> Tally:
    tally = Tally()
    for request in everywhere.requests(app):
        tally.note(request, server.say(wire(request, {"Authorization": f"Bearer {token}"})))
    return tally


def _to_pages(server: Server, app: Flask) -> Tally:
    """Ask as an admin; who was signed out by what was asked signs in again."""
    tally, headers = Tally(), _signed_in(server, app)
    for request in everywhere.requests(app, PAGES):
        if request.path.partition("?")[0] in _ENDS_A_SESSION or request.path.startswith(everywhere.PREFIXES):
            continue
        said = server.say(wire(request, headers))
        tally.note(request, said)
        if b"/login" in said.partition(b"\r\n\r\n")[0]:
            headers = _signed_in(server, app)
    return tally


def _malformed(server: Server, token: str) -> Tally:
    tally = Tally()
    for conversation in conversations(token):
        said = server.say(*conversation.pieces, then_leave=not conversation.whole)
        tally.note(conversation, said, is_owed=conversation.whole)
    return tally


def wire(request: Hostile, headers: Mapping[str, str]) -> bytes:
    """Return the request as it goes over the wire; what it says itself stands in place of what is usual."""
    body: bytes = request.options.get("data", b"")
    said = {"Host": "localhost", "Connection": "close", **headers}
    if "content_type" in request.options:
        said |= {"Content-Type": request.options["content_type"], "Content-Length": str(len(body))}
    said |= request.options.get("headers", {})
    lines = (f"{name}: {value}\r\n".encode("latin-1") for name, value in said.items())
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (
        request.method.encode("latin-1"),
        request.path.encode(),
        b"".join(lines),
        body,
    )


def _signed_in(server: Server, app: Flask) -> Mapping[str, str]:
    """Return what a browser sends that shows our pages: its cookies, and the token of forms."""
    with app.app_context():
        with writing() as session:
            secret = sessions.start_in(session, users.by_email("admin@example.org"), HERE, utcnow())
        db.session.remove()
    cookie = f"catalog_session={secret}"
    status, more, text = _ask(server, "/admin/profile", {"Cookie": cookie})
    field_of_form = _FIELD.search(text)
    assert field_of_form, f"/admin/profile answers {status}"
    return {"Cookie": "; ".join([cookie, *more]), "X-CSRFToken": field_of_form[1], "Sec-Fetch-Site": "same-origin"}


def _ask(server: Server, path: str, headers: Mapping[str, str]) -> tuple[int, list[str], str]:
    """Return the status, the cookies and the text of a good request."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    cookies = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]
    text = answer.read().decode()
    connection.close()
    return answer.status, cookies, text
