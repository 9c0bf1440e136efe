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
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from nanocensus.campaign.job import PictureTask

_DEATHS_ALONE_UNTIL_GIVEN_UP = 2
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
    if processes == 0:
        for task in tasks:
            attempts.begin(task, alone=False)
            finish(Worked(task, work(task)))
        return
    suspects = [task for task in tasks if attempts.is_suspect(task)]
    others = [task for task in tasks if not attempts.is_suspect(task)]
    for worked in _in_processes(others, work, finish, processes, attempts, alone=False):
        suspects.append(worked.task)
    for task in suspects:
        _work_alone(task, work, finish, attempts)


def _work_alone(
    task: PictureTask, work: Work, finish: Callable[[Worked], None], attempts: Attempts
) -> None:
    death = "in an earlier run"
    while attempts.deaths_alone(task) < _DEATHS_ALONE_UNTIL_GIVEN_UP:
        dead = _in_processes([task], work, finish, 1, attempts, alone=True)
        if not dead:
            return
        death = dead[0].death
    finish(Worked(task, None, death))


def _in_processes(
    tasks: Sequence[PictureTask],
    work: Work,
    finish: Callable[[Worked], None],
    processes: int,
    attempts: Attempts,
    *,
    alone: bool,
) -> list[Worked]:
    """Return the pictures whose process died; the others are finished."""
    waiting = deque(range(len(tasks)))
    dead: list[Worked] = []
    crew: dict[Connection, tuple[BaseProcess, int]] = {}

    def hire() -> None:
        number = waiting.popleft()
        attempts.begin(tasks[number], alone=alone)
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(theirs, [ours, *crew], tasks, work), daemon=True
        )
        process.start()
        theirs.close()
        ours.send(number)
        crew[ours] = (process, number)

    try:
        while waiting and len(crew) < processes:
            hire()
        while crew:
            for ready in wait(list(crew)):
                assert isinstance(ready, Connection)
                process, number = crew.pop(ready)
                try:
                    entry = ready.recv()
                except EOFError:
                    process.join()
                    dead.append(Worked(tasks[number], None, _death_of(process)))
                    _log.error(
                        "the process working on %s ended: %s", tasks[number].name, dead[-1].death
                    )
                    if waiting:
                        hire()
                    continue
                finish(Worked(tasks[number], entry))
                if waiting:
                    number = waiting.popleft()
                    attempts.begin(tasks[number], alone=alone)
                    ready.send(number)
                    crew[ready] = (process, number)
                else:
                    ready.close()
                    process.join()
    finally:
        for process, _ in crew.values():
            process.kill()
    return dead


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
