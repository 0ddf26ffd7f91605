"""Templates of subscription messages: which of WeChat's carries which kind of notice.

``WECHAT_TEMPLATES`` is a JSON object such as ``{"activity_reminder": {"id": "…", "title": "thing1",
"body": "thing4", "time": "time3"}}``; the keys' names are those of the template as it was chosen
in WeChat's console. A kind without a template reaches the inbox alone; the sandbox has all of them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from server.core.clock import SHANGHAI
from server.core.config import Configuration, ConfigurationError
from server.notifications.rules import NoticeKind

# WeChat's own bound of a "thing".
LONGEST_THING = 20


@dataclass(frozen=True)
class Template:
    """A template and the names of its fields."""

    id: str
    title: str
    body: str
    time: str

    def data(self, title: str, body: str, at: datetime) -> dict[str, str]:
        """Return what is sent: texts cut to what WeChat takes."""
        return {
            self.title: _cut(title),
            self.body: _cut(body),
            self.time: at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_THING else text[: LONGEST_THING - 1] + "…"


def templates(configuration: Configuration) -> Mapping[NoticeKind, Template]:
    """Return the templates there are; raise ConfigurationError for a setting that can't be read."""
    if configuration.sandbox:
        return {
            kind: Template(f"sandbox-{kind.value}", "thing1", "thing2", "time3")
            for kind in NoticeKind
        }
    return _read(configuration.wechat_templates)


@lru_cache(maxsize=4)
def _read(text: str) -> Mapping[NoticeKind, Template]:
    if not text:
        return {}
    try:
        return {
            NoticeKind(kind): Template(
                fields["id"], fields["title"], fields["body"], fields["time"]
            )
            for kind, fields in json.loads(text).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"WECHAT_TEMPLATES can't be read: {error}"
        raise ConfigurationError(message) from error
