"""The audit log speaks Chinese: every action that the code records has its word."""

import re
from pathlib import Path

from server import campaigns
from server.console.action_words import ACTIONS
from server.console.words import DOMAINS

DOMAIN_FOLDERS = Path(campaigns.__file__).parents[1]
RECORDED = re.compile(rf'"((?:{"|".join(DOMAINS)})\.[a-z_]+)"')


def test_every_recorded_action_has_a_word_and_a_domain() -> None:
    recorded = set()
    for path in DOMAIN_FOLDERS.glob("*/**/*.py"):
        if "node_modules" not in path.parts and "audit.record" in (text := path.read_text()):
            recorded.update(RECORDED.findall(text))
    assert {"campaign.opened", "grant.given", "setting.changed"} <= recorded
    assert recorded - set(ACTIONS) == set()
    assert {action.partition(".")[0] for action in ACTIONS} <= set(DOMAINS)
