"""What the web application and the job worker have in common: settings, stores, and the hooks.

No page, no route and no command: the worker needs none, and without them it starts in less memory,
and sooner.
"""

from urllib.parse import urlsplit

from flask import Flask

from server import models as _models  # noqa: F401 foreign keys name tables of every domain
from server.activities.service import register_presence
from server.activities.tasks import release_later
from server.attendance.queries import is_present
from server.core import config, database, logs
from server.core.keyring import FileKeyRing
from server.core.redis import RedisSwitch
from server.evaluation.adopting import adopt
from server.evaluation.settling import Moment, register_step
from server.evaluation.tallying import tally
from server.integrity.service import search_closed
from server.membership.service import register_departures
from server.publication.service import publish_at_close
from server.sampling.responses import finish as finish_sample
from server.sms.platform import sms_for
from server.wechat.platform import platform_for


def furnish(app: Flask, settings: config.Configuration) -> None:
    """Give an application its settings, database, key ring, platforms and hooks."""
    app.config.update(
        CONFIGURATION=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=database.sqlalchemy_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(),
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
    )
    if settings.environment == config.PRODUCTION:
        # Another Host would steer redirects; health checks come by the machine's own names.
        own = urlsplit(settings.public_url).hostname or ""
        app.config["TRUSTED_HOSTS"] = [own, "localhost", "127.0.0.1"]
    logs.init_app(app)
    database.db.init_app(app)
    app.extensions["key_ring"] = FileKeyRing(settings.key_ring_dir)
    switch = app.extensions["redis_switch"] = RedisSwitch(settings.redis_url, app.logger)
    app.extensions["wechat"] = platform_for(settings, switch)
    app.extensions["sms"] = sms_for(settings)
    register_presence(app, is_present)
    register_departures(app, release_later)
    register_step(app, Moment.BEFORE, finish_sample)
    register_step(app, Moment.BEFORE, search_closed)
    register_step(app, Moment.BEFORE, adopt)
    # What is published prints the log's head, so the tally comes first.
    register_step(app, Moment.AFTER, tally)
    register_step(app, Moment.AFTER, publish_at_close)
