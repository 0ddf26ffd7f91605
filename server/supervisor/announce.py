"""What to open now that all runs."""

import json
from collections.abc import Iterator
from pathlib import Path

from server.supervisor.application import base_url
from server.supervisor.console import say
from server.supervisor.settings import Settings

# Sandbox people of the demo city, each with a phone of its own.
_PEOPLE = (("member-01", "党员"), ("secretary-01", "支部书记"))


def announce(settings: Settings, port: int, seconds: float) -> None:
    """Print the addresses and, in development, the demo accounts of the console."""
    base = base_url(settings.host, port)
    say(f"\nRonghe is running ({seconds:.1f} s). Ctrl-C stops it.\n")
    say(f"  Mini-program  {base}/m/")
    if settings.mode != "production":
        for person, words in _PEOPLE:
            say(f"                {base}/m/?as={person}  {words}")
    say(f"  Console       {base}/console/")
    if settings.mode != "production":
        for line in _accounts(settings.var / "demo-accounts.json"):
            say(f"                  {line}")
    say(f"  Public board  {base}/board")
    say(f"  API docs      {base}/api/docs")
    say(f"  Logs          {settings.logs}\n")


def _accounts(path: Path) -> Iterator[str]:
    try:
        accounts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    width = max((len(account["name"]) for account in accounts), default=0)
    for account in accounts:
        yield f"{account['name']:<{width}}  {account['password']}  {account['display_name']}"
