"""Working on several pictures at once, in forked processes, and surviving the death of one.

Forked, because what the script has loaded (a network, say) is then shared, and because a
picture that crashes its process, or makes it run out of memory, costs that picture only.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from nanocensus.campaign.job import PictureTask

_DEATHS_ALONE_UNTIL_GIVEN_UP = 2
_EARLIER = "in an earlier run"
_log = logging.getLogger(__name__)
Work = Callable[[PictureTask], dict[str, Any]]


class Attempts(Protocol):
    """Memory of which pictures were in work, kept across the death of the whole job."""

    def begin(self, task: PictureTask, *, alone: bool) -> None:
        """Note that a picture is about to be worked on."""

    def is_suspect(self, task: PictureTask) -> bool:
        """Return whether the picture was in work when an earlier job died."""

    def deaths_alone(self, task: PictureTask) -> int:
        """Return how often a process died while the picture was worked on alone."""


@dataclass(frozen=True)
class Worked:
    """A picture's entry, or how its process died."""

    task: PictureTask
    entry: dict[str, Any] | None
    death: str = ""


def work_through(
    tasks: Sequence[PictureTask],
    work: Work,
    finish: Callable[[Worked], None],
    *,
    processes: int,
    attempts: Attempts,
) -> None:
    """Work on all pictures; those suspected of having killed a process come last, alone.

    Parameters
    ----------
    tasks : sequence of PictureTask
    work : callable
        Computes one picture and returns its entry.
    finish : callable
        Called in this process for each picture, in the order in which they end.
    processes : int
        Pictures worked on at once; 0 works in this process (needed for a GPU).
    attempts : Attempts
    """
    suspects = [task for task in tasks if attempts.is_suspect(task)]
    others = [task for task in tasks if not attempts.is_suspect(task)]
    if processes == 0:
        _work_here(others, suspects, work, finish, attempts)
        return
    for worked in _Crew(others, work, finish, attempts, alone=False).work(processes):
        suspects.append(worked.task)
    for task in suspects:
        _work_alone(task, work, finish, attempts)


def _work_here(
    others: Sequence[PictureTask],
    suspects: Sequence[PictureTask],
    work: Work,
    finish: Callable[[Worked], None],
    attempts: Attempts,
) -> None:
    """Work in this process: a death ends the job, and only its next start can tell."""
    for task in others:
        attempts.begin(task, alone=False)
        finish(Worked(task, work(task)))
    for task in suspects:
        if attempts.deaths_alone(task) >= _DEATHS_ALONE_UNTIL_GIVEN_UP:
            finish(Worked(task, None, _EARLIER))
        else:
            attempts.begin(task, alone=True)
            finish(Worked(task, work(task)))


def _work_alone(
    task: PictureTask, work: Work, finish: Callable[[Worked], None], attempts: Attempts
) -> None:
    death = _EARLIER
    while attempts.deaths_alone(task) < _DEATHS_ALONE_UNTIL_GIVEN_UP:
        dead = _Crew([task], work, finish, attempts, alone=True).work(1)
        if not dead:
            return
        death = dead[0].death
    finish(Worked(task, None, death))


class _Crew:
    """Child processes that work on pictures, each on one at a time."""

    def __init__(
        self,
        tasks: Sequence[PictureTask],
        work: Work,
        finish: Callable[[Worked], None],
        attempts: Attempts,
        *,
        alone: bool,
    ) -> None:
        self._tasks = tasks
        self._work = work
        self._finish = finish
        self._attempts = attempts
        self._alone = alone
        self._waiting = deque(range(len(tasks)))
        self._busy: dict[Connection, tuple[BaseProcess, int]] = {}

    def work(self, processes: int) -> list[Worked]:
        """Return the pictures whose process died; the others are finished."""
        dead: list[Worked] = []
        try:
            while self._waiting and len(self._busy) < processes:
                self._hire()
            while self._busy:
                for ready in wait(list(self._busy)):
                    assert isinstance(ready, Connection)
                    if died := self._hear(ready):
                        dead.append(died)
        finally:
            for process, _ in self._busy.values():
                process.kill()
        return dead

    def _hire(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(
            target=_serve,
            args=(theirs, [ours, *self._busy], self._tasks, self._work),
            daemon=True,
        )
        process.start()
        theirs.close()
        self._give_next(ours, process)

    def _give_next(self, connection: Connection, process: BaseProcess) -> None:
        number = self._waiting.popleft()
        self._attempts.begin(self._tasks[number], alone=self._alone)
        self._busy[connection] = (process, number)
        # Who died while idle shows as end of file when it is heard.
        with suppress(BrokenPipeError):
            connection.send(number)

    def _hear(self, connection: Connection) -> Worked | None:
        """Take a process's entry and give it the next picture, or return how it died."""
        process, number = self._busy.pop(connection)
        task = self._tasks[number]
        try:
            entry = connection.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            death = _death_of(process)
            _log.error("the process working on %s ended: %s", task.name, death)
            if self._waiting:
                self._hire()
            return Worked(task, None, death)
        self._finish(Worked(task, entry))
        if self._waiting:
            self._give_next(connection, process)
        else:
            connection.close()
            process.join()
        return None


def _serve(
    connection: Connection, others: Sequence[Connection], tasks: Sequence[PictureTask], work: Work
) -> None:
    """Work on the pictures asked for, in a child process, until the parent hangs up."""
    # Ctrl-C reaches the whole group; the parent decides and ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # With the parent's ends closed here, a parent that was killed shows as end of file.
    for other in others:
        other.close()
    try:
        while True:
            connection.send(work(tasks[connection.recv()]))
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _death_of(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
