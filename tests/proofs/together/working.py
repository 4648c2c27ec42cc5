"""Who works at once: visitors who read pages, loaders, scorers, and somebody who kills."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from websockets.exceptions import WebSocketException

from tests.benchmarks.visitor import Visitor, visiting
from tests.proofs.together import shown
from tests.proofs.together.files import LOADERS, TURN, Files
from tests.proofs.together.server import Server

SCORERS: Final = 2
KILLED: Final = 0.15
"""Share of the commands that are killed, and then done again."""

PATIENCE: Final = 120
"""Seconds after which a command hangs."""

LOOKS: Final = (2, 20)
"""A visitor comes anew after so many pages: at least the first number, less than the second."""

BEHIND: Final = 10
"""Seconds that a page which is open may be behind what was answered as stored."""

_COMMAND: Final = "import sys; from health.cli import main; sys.exit(main(sys.argv[1:]))"
_WAITS: Final = "is under way"
"""What a page says that opens by itself when a command has finished."""


@dataclass(kw_only=True)
class Tally:
    """What happened.

    counts: of everything, by what it was. wrong: a line for each thing that must not be.
    loads: seconds of the loads that nobody killed, with the dashboard up all the time.
    pages: seconds of each page.
    """

    counts: Counter[str] = field(default_factory=Counter)
    loads: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, what: str, line: str) -> None:
        """Something that must not be."""
        self.counts[what] += 1
        self.wrong.append(f"{what}: {line}")


Floors = dict[str, Counter[int]]
"""The oldest file of each loader that the usage and the scores on a page may be of."""


class NewestFiles:
    """The number of the newest file of each loader, now and at any moment before."""

    def __init__(self) -> None:
        self._since: list[tuple[float, Counter[int]]] = [(-math.inf, Counter())]
        self._lock = threading.Lock()

    def now(self) -> Counter[int]:
        return self.before(math.inf)

    def before(self, moment: float) -> Counter[int]:
        """A copy of what it was then, by the monotonic clock."""
        return next(newest.copy() for since, newest in reversed(self._since) if since <= moment)

    def add(self, files: Mapping[int, int]) -> None:
        """Note a file of each loader, by its number; one older than the newest changes nothing."""
        with self._lock:
            self._since.append((time.monotonic(), self.now() | Counter(files)))


@dataclass(kw_only=True)
class Known:
    """The files of each loader that were begun, answered as stored, and then scored."""

    begun: Counter[int] = field(default_factory=Counter)
    stored: NewestFiles = field(default_factory=NewestFiles)
    scored: NewestFiles = field(default_factory=NewestFiles)

    def owed(self, moment: float) -> Floors:
        """The oldest files that a page may be of which shows all that was answered by then."""
        return {"usage": self.stored.before(moment), "scores": self.scored.before(moment)}


@dataclass(kw_only=True)
class Together:
    """Everybody at once on one database, until ``end`` by the monotonic clock.

    pages: go on for a while where fewer were seen by then, on a machine with other work to do.
    pause: seconds a visitor looks at a page, on average.
    """

    server: Server
    files: Files
    end: float
    pause: float
    pages: int = 0
    tally: Tally = field(default_factory=Tally)
    known: Known = field(default_factory=Known)

    def work(self, *, sessions: int, kills: int) -> None:
        """Work until the end; ``kills``: how often the dashboard is killed."""
        parts: list[Callable[[], None]] = [
            *(partial(self._visit, number) for number in range(sessions)),
            *(partial(self._load, loader) for loader in LOADERS),
            *(partial(self._score, scorer) for scorer in range(SCORERS)),
            partial(self._kill, kills),
        ]
        with ThreadPoolExecutor(len(parts)) as pool:
            for running in [pool.submit(part) for part in parts]:
                running.result()

    def command(self, *words: str) -> bool:
        """Do a command; whether it was done. One that fails or hangs is noted."""
        with self._started(*words, output=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                log = self.server.dashboard.log.read_text()[-2_000:]
                self.tally.note("commands that hang", f"{words}\n{out}\n{err}\nlog:\n{log}")
                return False
        if process.returncode:
            self.tally.note("commands refused", f"{words}: {process.returncode}\n{out}\n{err}")
        return not process.returncode

    def _visit(self, number: int) -> None:
        """Look at some pages one after the other, and come back, also after a kill."""
        draws = random.Random(number)
        while self._goes_on:
            changes = self.server.wait_until_up()
            floors = self.known.owed(time.monotonic())
            try:
                with visiting(self.server.dashboard.url) as visitor:
                    self._judge("Today", visitor, floors)
                    for _ in range(draws.randrange(*LOOKS)):
                        if self._goes_on:
                            self._look(visitor, draws, floors)
                            self._sleep(self.pause * draws.uniform(0.5, 1.5))
            except (WebSocketException, OSError) as error:  # no answer for a minute is one too
                if changes == self.server.changes:
                    self.tally.note("pages without an answer", repr(error))

    def _look(self, visitor: Visitor, draws: random.Random, floors: Floors) -> None:
        """Go to a page and judge what is on it."""
        page = draws.choice(list(visitor.pages))
        client = self.files.client(draws.choice(LOADERS), draws.randrange(self.files.clients))
        for what, owed in self.known.owed(time.monotonic() - BEHIND).items():
            floors[what] |= owed
        self.tally.pages.append(
            visitor.run(page, query=f"client={client}" if page == "Client" else "")
        )
        self._judge(page, visitor, floors)

    def _judge(self, page: str, visitor: Visitor, floors: Floors) -> None:
        """Judge what is on a page.

        ``floors`` grow with what is shown: a page that is open may show what was stored some
        seconds later, but never again what was before something it has shown.
        """
        for said in visitor.errors:
            self.tally.note("errors shown", f"{page}: {said}")
        if any(_WAITS in text for text in shown.texts(visitor.shown)):
            self.tally.counts["pages that waited for a command"] += 1
            return
        self.tally.counts["pages"] += 1
        if visitor.errors:
            return
        try:
            found = shown.facts(page, visitor.shown, self.files)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            self.tally.note("pages not whole", f"{page}: {error!r} {shown.texts(visitor.shown)}")
            return
        self.tally.counts["facts compared"] += len(found)
        if mixed := shown.mixed(found):
            self.tally.note("pages of mixed versions", f"{page}: {mixed}")
            return
        for what, floor in floors.items():
            for loader in LOADERS:
                for told in found.get(f"{what} of {loader}", ()):
                    self._judge_age(f"{page}: {what} of {loader}", loader, told, floor)

    def _judge_age(self, what: str, loader: int, told: object, floor: Counter[int]) -> None:
        """Note where what is told is of an older file than it may be; raise the floor to it."""
        newest = self.known.begun[loader]
        number = newest - (newest - int(str(told))) % TURN
        if number < floor[loader]:
            said = f"{what} are of file {number}, owed was {floor[loader]}"
            self.tally.note("writes lost", said)
        floor[loader] = max(floor[loader], number)

    def _load(self, loader: int) -> None:
        draws = random.Random(100 + loader)
        while self._goes_on:
            number = self.known.begun[loader] + 1
            file = self.files.usage(loader, number)
            self.known.begun[loader] = number
            if draws.random() < KILLED and self._killed(draws.uniform(0, 2), "load", str(file)):
                self.tally.counts["loads killed"] += 1
            changes, begun = self.server.changes, time.monotonic()
            while not self.command("load", str(file)):
                self._sleep(1)
                if not self._goes_on:
                    return
            if changes % 2 or changes != self.server.changes:
                self.tally.counts["loads while the dashboard was away"] += 1
            else:
                self.tally.loads.append(time.monotonic() - begun)
            self.tally.counts["loads"] += 1
            self.known.stored.add({loader: number})
            file.unlink()
            self._sleep(draws.uniform(0.5, 3))

    def _score(self, scorer: int) -> None:
        draws = random.Random(200 + scorer)
        while self._goes_on:
            if draws.random() < KILLED and self._killed(draws.uniform(0, 2), "score"):
                self.tally.counts["scorings killed"] += 1
            stored = self.known.stored.now()
            if self.command("score"):
                self.tally.counts["scorings"] += 1
                self.known.scored.add(stored)
            self._sleep(draws.uniform(0.5, 3))

    def _kill(self, times: int) -> None:
        """Kill the dashboard so often, at even distances."""
        begun = time.monotonic()
        for number in range(1, times + 1):
            at = begun + (self.end - begun) * number / (times + 1)
            self._sleep(at - time.monotonic())
            self.server.kill()
            self.tally.counts["dashboards killed"] += 1

    def _killed(self, seconds: float, *words: str) -> bool:
        """Begin a command and kill it; whether it was still running."""
        with self._started(*words, output=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        return process.returncode == -signal.SIGKILL

    def _started(self, *words: str, output: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-c", _COMMAND, *words),
                *("--database", str(self.server.dashboard.database)),
            ],
            env=os.environ | {"CLIENT_HEALTH_USER": "together", "CLIENT_HEALTH_WAIT": "300"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )

    @property
    def _goes_on(self) -> bool:
        is_enough = self.tally.counts["pages"] >= self.pages
        return time.monotonic() < self.end + (0 if is_enough else PATIENCE)

    def _sleep(self, seconds: float) -> None:
        if self._goes_on:
            time.sleep(max(0.0, seconds))
