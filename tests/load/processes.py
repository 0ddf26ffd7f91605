"""CPU time of the servers, by part, read from /proc (Linux)."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
NANOSECONDS = 1_000_000_000
MILLISECONDS_A_TICK = 1000.0 / os.sysconf("SC_CLK_TCK")
# Places in /proc/<pid>/stat behind the command's closing parenthesis. The four times are utime,
# stime and those of ended children.
PARENT = 1
TIMES = slice(11, 15)

WEB, DATABASE, REDIS = "web", "database", "redis"
# A word in the command line of the first process of each part.
MARKS = {WEB: "granian", DATABASE: "pginstall/bin/postgres", REDIS: "valkey-server"}


class Entry(NamedTuple):
    """What /proc tells of a process."""

    parent: int
    milliseconds: float


@dataclass(frozen=True)
class Servers:
    """The first process of each part: granian's main, PostgreSQL's postmaster, Valkey."""

    roots: dict[str, int]

    @classmethod
    def of_this_process(cls, besides: Collection[int] = ()) -> "Servers":
        """Find the servers among our children but ``besides``; each part must be there once."""
        ours = children().difference(besides)
        roots = {}
        for part, mark in MARKS.items():
            found = [pid for pid in ours if mark in _command(pid)]
            if len(found) != 1:
                message = f"{len(found)} processes of {mark} where one was expected"
                raise RuntimeError(message)
            roots[part] = found[0]
        return cls(roots)

    def cpu(self) -> dict[str, float]:
        """Return the milliseconds that each part has used so far, with all its processes."""
        table = _table()
        used = dict.fromkeys(self.roots, 0.0)
        parts = {root: part for part, root in self.roots.items()}
        for pid, entry in table.items():
            above = pid
            while above in table and above not in parts:
                above = table[above].parent
            if above in parts:
                used[parts[above]] += entry.milliseconds
        return used


def children() -> set[int]:
    """Return the processes that this one has started."""
    return {pid for pid, entry in _table().items() if entry.parent == os.getpid()}


def used_by(pid: int) -> float:
    """Return the milliseconds of CPU that a process has used so far."""
    return _table()[pid].milliseconds


def run_time(pid: int) -> float:
    """Return the seconds that a process of one thread has run, to the nanosecond.

    ``used_by`` counts in steps of 10 ms, which is longer than what one batch takes.
    """
    return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / NANOSECONDS


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _table() -> dict[int, Entry]:
    table = {}
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            # It ended while we looked.
            continue
        ticks = sum(map(int, fields[TIMES]))
        table[int(folder.name)] = Entry(int(fields[PARENT]), ticks * MILLISECONDS_A_TICK)
    return table
