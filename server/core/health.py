"""/healthz: the process is alive. /readyz: what it stands on, each with its state."""

import redis
from apiflask import APIBlueprint
from flask import jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from server.core.access import anyone
from server.core.database import db
from server.core.jobs import STALLED_SECONDS
from server.core.redis import redis_switch

health = APIBlueprint("health", __name__, enable_openapi=False)

WORKERS = text(
    "SELECT count(*) FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
)


@health.get("/healthz")
@anyone
def alive() -> Response:
    """Answer as long as the process can."""
    return jsonify(status="ok")


@health.get("/readyz")
@anyone
def ready() -> tuple[Response, int]:
    """Tell the state of database, Redis and worker; 503 where the database is away.

    Redis and worker may be away for a while without anybody noticing: limits go per process, and
    jobs wait. So they are told, and do not take the server out of service.
    """
    state = states()
    database = state["database"]
    whole = all(value == "ok" for value in state.values())
    status = "ok" if whole else "degraded" if database == "ok" else "down"
    return jsonify(status=status, **state), 200 if database == "ok" else 503


def states() -> dict[str, str]:
    """Return the state of each part: ``ok``, or what is wrong with it."""
    database, worker = _database_and_worker()
    return {"database": database, "redis": _redis(), "worker": worker}


def _database_and_worker() -> tuple[str, str]:
    try:
        workers = db.session.scalar(WORKERS, {"seconds": STALLED_SECONDS * 2})
    except SQLAlchemyError:
        db.session.rollback()
        return "away", "unknown"
    return "ok", "ok" if workers else "away"


def _redis() -> str:
    try:
        redis_switch().client.ping()
    except redis.RedisError as error:
        redis_switch().failed(error)
        return "away: limits are counted per process"
    redis_switch().worked()
    return "ok"
