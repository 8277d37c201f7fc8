"""`clock`: the clocks of two nodes differ, are set by an hour by law, and jump by days; each day is read once."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until
from catalog_app.settings import ROOT

ZONE = ZoneInfo("Europe/Berlin")
# In the one night this hour does not come, in the other it comes twice.
FREQUENCY = "30 2 * * *"
SEASONS = {
    "clocks go forward": datetime(2027, 3, 25, 12, tzinfo=UTC),
    "clocks go back": datetime(2027, 10, 28, 12, tzinfo=UTC),
}
DAYS = 6
APART = 30
"""Seconds that the second node is ahead of the first."""
JUMP = timedelta(days=2)
PRODUCTS = 5
BEAT = 0.2
_PATIENCE = 60.0


def clock(database: str) -> Iterator[Finding]:
    """Let two schedulers live through six days of each season, then through a jump forward and back."""
    for words, begin in SEASONS.items():
        with ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
            world = _World(there, begin)
            days = [world.live_through_a_day() for _ in range(DAYS)]
            read = Counter(world.days_read())
            skipped, doubled = [day for day in days if not read[day]], [day for day in read if read[day] > 1]
            figure = f"{len(skipped)} skipped, {len(doubled)} doubled, {read.total()} runs"
            named = f"{words}, nodes {APART} s apart, {DAYS} days, {database}"
            yield Finding(named, figure, not skipped and not doubled and read.total() == DAYS)
            yield from _jumps(world, database)


def _jumps(world: "_World", database: str) -> Iterator[Finding]:
    before = world.runs()
    world.is_at(world.now + JUMP)
    world.settle()
    forward = world.runs() - before
    yield Finding(f"... both clocks jump two days forward, {database}", f"{forward} runs", forward == 1)
    world.is_at(world.now - JUMP)
    beats = world.settle()
    back = world.runs() - before - forward
    figure = f"{back} runs, {'both nodes beat on' if beats else 'A NODE STOPPED BEATING'}"
    yield Finding("... and two days back", figure, back == 0 and beats)
    world.live_through_a_day()
    after = world.runs() - before - forward - back
    yield Finding("... and the next day", f"{after} runs", after == 1)


class _World:
    """What time it is for two nodes, and what they make of it."""

    def __init__(self, there: Ground, begin: datetime) -> None:
        self._there = there
        self._file = there.folder / "now"
        self.now = begin
        there.write(
            "UPDATE external_system SET sync_frequency = :frequency, time_zone = :zone WHERE key = 'xiva'",
            frequency=FREQUENCY,
            zone=ZONE.key,
        )
        self.is_at(begin)
        self._nodes = {self._node(ahead).pid: timedelta(seconds=ahead) for ahead in (0, APART)}
        needed(lambda: bool(there.rows("SELECT 1 FROM system_schedule")) and self._have_beaten(), seconds=_PATIENCE)

    def is_at(self, moment: datetime) -> None:
        """Set the clocks of both nodes."""
        new = self._file.with_suffix(".new")
        new.write_text(moment.isoformat(), encoding="ascii")
        new.replace(self._file)
        self.now = moment

    def settle(self) -> bool:
        """Wait until both nodes have looked at the present moment and nothing is under way; return whether they did."""
        looked = until(self._have_beaten, seconds=_PATIENCE) is not None
        # A beat is noted at its beginning; what it queues comes within the next ones.
        time.sleep(4 * BEAT)
        ended = "SELECT 1 FROM sync_run WHERE finished_at IS NULL"
        needed(lambda: not self._there.rows(ended), seconds=_PATIENCE)
        return looked

    def live_through_a_day(self) -> date:
        """Pass the next due time in small steps, and return the day that it stands for where the system is."""
        due = self._due()
        # The second node sees it first, then both do, then everybody looks again.
        for seconds in (-120, -APART / 2, APART / 2, 120, 600, 3600):
            self.is_at(due + timedelta(seconds=seconds))
            self.settle()
        return due.astimezone(ZONE).date()

    def runs(self) -> int:
        return int(self._there.one("SELECT count(*) FROM sync_run WHERE status = 'applied'"))

    def days_read(self) -> list[date]:
        rows = self._there.rows("SELECT requested_at FROM sync_run WHERE status = 'applied'")
        return [_moment(at).astimezone(ZONE).date() for (at,) in rows]

    def _due(self) -> datetime:
        return _moment(self._there.one("SELECT due_at FROM system_schedule WHERE external_system = 'xiva'"))

    def _have_beaten(self) -> bool:
        """Return whether each node has beaten since the clocks stand as they do, by its own clock."""
        rows = self._there.rows("SELECT name, at FROM heartbeat WHERE name LIKE 'beat:%'")
        beats = {int(name.rsplit(":", 2)[1]): _moment(at) - self.now for name, at in rows}
        soon = timedelta(seconds=_PATIENCE)
        return all(timedelta() <= beats.get(pid, -soon) - ahead < soon for pid, ahead in self._nodes.items())

    def _node(self, ahead: int) -> "subprocess.Popen[bytes]":
        words = [str(self._file), str(ahead), "scheduler", "--every", str(BEAT)]
        told = Path(self._there.folder / f"node-{ahead}.log").open("wb")  # noqa: SIM115  # the process keeps it
        node = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "benchmarks.torture.skewed", *words],
            cwd=ROOT,
            env=self._there.environment,
            stdout=told,
            stderr=told,
        )
        told.close()
        self._there.processes.append(node)
        return node


def _moment(kept: object) -> datetime:
    """Return a moment as either database gives it."""
    moment = kept if isinstance(kept, datetime) else datetime.fromisoformat(str(kept))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
