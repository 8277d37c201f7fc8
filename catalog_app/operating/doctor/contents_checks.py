"""What stands in the database, laid beside the settings."""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from catalog_app.accounts.models import User
from catalog_app.campaigns.models import LIVE, Campaign, Delivery
from catalog_app.core.errors import CatalogError
from catalog_app.core.sealing import unseal
from catalog_app.demo.environment import ADMIN_EMAIL
from catalog_app.events.webhooks.models import DEAD, Webhook, WebhookDelivery
from catalog_app.operating.doctor.ground import Finding, Ground, host_of, is_here
from catalog_app.recommendations.settings import attribution_days
from catalog_app.sync.models import ExternalSystem, SystemSchedule
from catalog_app.sync.schedule import beats
from catalog_app.sync.schedule.due import is_ready
from catalog_app.sync.schedule.frequencies import interval
from catalog_app.sync.systems.sources import all_systems, base_url

_ADMIN: Final = "admin"
_AT_LEAST: Final = timedelta(days=1)
_MISSED: Final = 3
_LATELY: Final = timedelta(days=7)


def nobody_beats(ground: Ground) -> Iterator[Finding]:
    with ground.session as session:
        last = beats.last(session)
    if last is None or ground.now - last > ground.bounds.silent_for:
        since = "ever" if last is None else f"since {last:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            f"No process has beaten {since}, so nothing begins by itself: no sync, no message, no purge.",
            "Start the service with CATALOG_SCHEDULER_ENABLED=true, or run `flask --app wsgi scheduler` beside it.",
        )


def no_admin(ground: Ground) -> Iterator[Finding]:
    oidc = ground.settings.oidc
    if oidc is not None and _ADMIN in oidc.roles.values():
        # One is made when they first sign in.
        return
    with ground.session as session:
        admins = session.execute(select(func.count()).where(User.role == _ADMIN, User.is_active)).scalar_one()
    if not admins:
        yield Finding(
            "There is no admin who may sign in.",
            "Run `flask --app wsgi users create you@operator.example --role admin`.",
        )


def demo_account(ground: Ground) -> Iterator[Finding]:
    if ground.is_demo:
        return
    with ground.session as session:
        found = session.scalar(select(User.id).where(User.email == ADMIN_EMAIL, User.is_active))
    if found is not None:
        yield Finding(
            f"The demo's account {ADMIN_EMAIL} may sign in here.",
            f"Run `flask --app wsgi users disable {ADMIN_EMAIL}`.",
        )


def closed_secrets(ground: Ground) -> Iterator[Finding]:
    with ground.session as session:
        tokens = [
            *_of_systems(all_systems(session)),
            *((f"webhook {number}", token) for number, token in session.execute(select(Webhook.id, Webhook.secret))),
            *((f"campaign {number}", token) for number, token in session.execute(_CAMPAIGN_SECRETS)),
        ]
    closed = [whose for whose, token in tokens if token and not _opens(token)]
    if closed:
        yield Finding(
            f"None of CATALOG_ENCRYPTION_KEYS opens the secrets of: {', '.join(closed)}.",
            "Put the key back that sealed them, behind the first one, or enter the secrets anew.",
        )


def unset_variables(ground: Ground) -> Iterator[Finding]:
    with ground.session as session:
        for system in all_systems(session):
            for name, kept in system.secrets.items():
                variable = kept.get("env")
                if variable and not (os.environ.get(variable) or os.environ.get(f"{variable}_FILE")):
                    yield Finding(
                        f"{system.label} takes its {name} from the variable {variable}, which is not set.",
                        f"Set {variable} for every process, or {variable}_FILE.",
                    )


def sources_out_of_reach(ground: Ground) -> Iterator[Finding]:
    settings = ground.settings
    for label, url in _sources(ground):
        host = host_of(url)
        if is_here(host) and not settings.allow_loopback_sources:
            yield Finding(
                f"{label} is on this machine ({host}), which is refused.",
                "Name its address in the network; for a trial set CATALOG_ALLOW_LOOPBACK_SOURCES=true.",
            )
        elif settings.source_hosts and host not in {allowed.lower() for allowed in settings.source_hosts}:
            yield Finding(
                f"{label} is on {host}, which CATALOG_SOURCE_HOSTS does not name.",
                f"Add {host} to CATALOG_SOURCE_HOSTS.",
            )


def sources_in_clear(ground: Ground) -> Iterator[Finding]:
    for label, url in _sources(ground):
        if url.startswith("http://") and not is_here(host_of(url)):
            yield Finding(
                f"{label} is read by http://, so its password crosses the network in clear.",
                "Name its https:// address.",
            )


def old_catalogues(ground: Ground) -> Iterator[Finding]:
    with ground.session as session:
        overdue = SystemSchedule.due_at < ground.now - _AT_LEAST
        failing = set(
            session.scalars(select(SystemSchedule.external_system).where(overdue | (SystemSchedule.failures > 0)))
        )
        for system in all_systems(session):
            if not is_ready(system) or system.sync_frequency == "manual":
                continue
            last = system.state.last_success_at
            patience = max(_AT_LEAST, _MISSED * interval(system.sync_frequency, system.time_zone, ground.now))
            # One that was set up a moment ago waits for its first time.
            if system.key in failing if last is None else ground.now - last > patience:
                when = "has never been read" if last is None else f"was last read on {last:%Y-%m-%d %H:%M} UTC"
                yield Finding(
                    f"{system.label} {when}, though it is due more often.",
                    f"Run `flask --app wsgi systems test {system.key}`, and look at `flask --app wsgi sync runs`.",
                )


def mails_without_server(ground: Ground) -> Iterator[Finding]:
    if ground.settings.smtp_url is not None and ground.settings.smtp_from is not None:
        return
    with ground.session as session:
        sending = session.scalars(select(Campaign.id).where(Campaign.sender == "smtp", Campaign.status.in_(LIVE))).all()
    if sending:
        yield Finding(
            f"{len(sending)} running campaigns send mails, and there is no mail server.",
            "Set CATALOG_SMTP_URL and CATALOG_SMTP_FROM.",
        )


def dead_messages(ground: Ground) -> Iterator[Finding]:
    since = ground.now - _LATELY
    with ground.session as session:
        messages = select(func.count()).where(Delivery.status == DEAD, Delivery.ended_at > since)
        events = select(func.count()).where(WebhookDelivery.status == DEAD, WebhookDelivery.ended_at > since)
        stopped = select(func.count()).where(Webhook.disabled_because.is_not(None))
        dead, given_up, off = (session.execute(query).scalar_one() for query in (messages, events, stopped))
    if dead:
        yield Finding(
            f"{dead} campaign messages were given up within a week.",
            "Look at the last error on the campaign's page, and send them again from there.",
        )
    if given_up or off:
        yield Finding(
            f"{given_up} events of webhooks were given up within a week; {off} addresses want nothing more.",
            "Look at Settings, Webhooks, and send them again or take the addresses out.",
        )


def answers_outlive_decisions(ground: Ground) -> Iterator[Finding]:
    with ground.session as session:
        days = attribution_days(session)
    if ground.settings.decision_retention_days < days:
        yield Finding(
            f"An answer counts for {days} days, but decisions are kept for {ground.settings.decision_retention_days}.",
            f"Set CATALOG_DECISION_RETENTION_DAYS to {days} or more.",
        )


_CAMPAIGN_SECRETS: Final = select(Campaign.id, Campaign.sender_secret).where(Campaign.deleted_at.is_(None))


def _of_systems(systems: Iterable[ExternalSystem]) -> Iterator[tuple[str, str | None]]:
    for system in systems:
        for name, kept in system.secrets.items():
            yield f"{system.label} ({name})", kept.get("sealed")


def _opens(token: str) -> bool:
    try:
        unseal(token)
    except (CatalogError, ValueError):
        # What is no token at all is not opened either.
        return False
    return True


def _sources(ground: Ground) -> list[tuple[str, str]]:
    with ground.session as session:
        found: list[ExternalSystem] = [system for system in all_systems(session) if system.enabled]
        return [(system.label, url) for system in found if (url := base_url(system)) is not None]
