"""Starts the servers that an instance stands on: its own ones, or those that somebody else runs."""

from dataclasses import dataclass
from pathlib import Path

from server.supervisor.console import say
from server.supervisor.external import check_database, check_redis
from server.supervisor.family import Child, Family
from server.supervisor.postgres import Postgres
from server.supervisor.sockets import socket_folder
from server.supervisor.valkey import Valkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where they are reached, and whether the database was made by this start."""

    database_url: str
    redis_url: str
    database_is_new: bool


def start_servers(
    family: Family,
    folder: Path,
    *,
    logs: Path,
    database_url: str | None = None,
    redis_url: str | None = None,
    durable: bool = True,
) -> Servers:
    """Start PostgreSQL and Valkey with their data in `folder`, each unless its URL is given.

    A given URL is checked instead. Raises StartError.
    """
    if database_url:
        check_database(database_url)
    if redis_url:
        check_redis(redis_url)
    data = folder / "pg"
    database_is_new = not database_url and not data.exists()
    postgres = None if database_url else Postgres(data, logs / "postgres.log", durable=durable)
    sockets = postgres.sockets if postgres else socket_folder(folder)
    valkey = None if redis_url else Valkey(sockets, logs / "valkey.log")
    waiting = []
    if postgres:
        if database_is_new:
            say("Making the database ...")
        postgres.prepare()
        waiting.append(_child_of(postgres))
    if valkey:
        valkey.clear_stale()
        waiting.append(_child_of(valkey))
    for child in waiting:
        family.start(child)
    for child in waiting:
        family.wait_until_ready(child)
    return Servers(
        database_url=database_url or (postgres.url() if postgres else ""),
        redis_url=redis_url or (valkey.url if valkey else ""),
        database_is_new=database_is_new,
    )


def _child_of(server: Postgres | Valkey) -> Child:
    return Child(program=server.program(), is_ready=server.is_ready, clear_stale=server.clear_stale)
