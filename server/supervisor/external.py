"""Servers that somebody else runs: are they there?

The drivers are imported late: that takes 0.2 s, and most starts have servers of their own.
"""

import re

from server.supervisor.errors import StartError

_CONNECT_SECONDS = 5


def check_database(url: str) -> None:
    """Raise StartError when nothing can be reached under DATABASE_URL."""
    import psycopg

    try:
        psycopg.connect(libpq_url(url), connect_timeout=_CONNECT_SECONDS).close()
    except psycopg.Error as error:
        message = f"DATABASE_URL cannot be reached: {_first_line(error)}"
        raise StartError(message) from error


def libpq_url(url: str) -> str:
    """Return the URL without the driver that SQLAlchemy lets one name and libpq doesn't know."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)


def check_redis(url: str) -> None:
    """Raise StartError when nothing can be reached under REDIS_URL."""
    import redis

    try:
        with redis.Redis.from_url(url, socket_connect_timeout=_CONNECT_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        message = f"REDIS_URL cannot be reached: {_first_line(error)}"
        raise StartError(message) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
