"""The stand-in for WeChat on a developer's machine and in tests: the same interface, no network.

A code ``sandbox:<key>:<nonce>`` signs in the person ``<key>``, the same one each time; any other
code that does not begin with ``bad`` is a person of its own.
"""

import base64
import io
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from server.core import clock
from server.core.config import Configuration
from server.core.lazily import Later
from server.wechat.callback import CallbackReader
from server.wechat.contract import (
    COMMENT_SCENE,
    LABEL_ABUSE,
    LABEL_NORMAL,
    CallbackEvent,
    MediaVerdict,
    Session,
    TextVerdict,
    checked_scene,
    code_refused,
)
from server.wechat.sandbox_files import Notes, Record

if TYPE_CHECKING:
    import segno
else:
    segno = Later("segno")

WORDS_FILE = Path(__file__).parents[2] / "config" / "sandbox-words.txt"
OPENID_LENGTH = 28
FINGERPRINT_LENGTH = 8
# Whoever's key begins so is given that rank: ``risk3-anna``.
RISKY_KEY = re.compile(r"risk([0-4])-")
# Verdicts are given out for this long: a sweep that was interrupted finds them the next time.
VERDICT_LIFE = timedelta(minutes=10)
RISKY = "risky"


@dataclass(frozen=True)
class Person:
    """Somebody to sign in as."""

    key: str
    name: str
    role_label: str


DEFAULT_PEOPLE = (
    Person("citizen-1", "市民甲", "市民"),
    Person("citizen-2", "市民乙", "市民"),
    Person("citizen-3", "市民丙", "市民"),
)


class Sandbox:
    """A platform made of files in ``VAR_DIR/sandbox``."""

    name = "sandbox"

    def __init__(self, configuration: Configuration) -> None:
        """Keep notes under ``var_dir``; draw codes for ``public_url``."""
        folder = configuration.var_dir / "sandbox"
        self._people_file = folder / "people.json"
        self._messages = Notes(folder / "messages.jsonl")
        self._texts = Notes(folder / "text-checks.jsonl")
        self._media = Notes(folder / "media-checks.jsonl")
        self._public_url = configuration.public_url
        self._callbacks = CallbackReader(configuration)
        self._words = _read_words(WORDS_FILE)
        # By openid: who was given a rank by the key. The rank is asked for as they sign in.
        self._ranks: dict[str, int] = {}

    def code2session(self, code: str) -> Session:
        """Sign in the person whom the code names."""
        key = _key_of(code)
        openid = openid_of(key)
        if risky := RISKY_KEY.match(key):
            self._ranks[openid] = int(risky[1])
        return Session(openid)

    def risk_rank(self, openid: str, address: str) -> int:
        """Return the rank that the person's key names (see RISKY_KEY), 0 for all others."""
        del address
        return self._ranks.get(openid, 0)

    def phone_number(self, code: str) -> str:
        """Return a number that nobody has: 100 is no prefix of a Chinese mobile network."""
        digest = sha256(_key_of(code).encode()).digest()
        return f"100{int.from_bytes(digest[:4]) % 10**8:08d}"

    def check_text(self, openid: str, text: str, scene: int = COMMENT_SCENE) -> TextVerdict:
        """Refuse a text with a word of ``config/sandbox-words.txt`` in it.

        The note of it names neither person nor text: ratings are anonymous here too.
        """
        del openid, scene
        plain = _plain(text)
        word = next((word for word in self._words if word in plain), None)
        self._texts.add({"at": _now(), "length": len(text), "passed": word is None, "word": word})
        return TextVerdict(passed=word is None, label=LABEL_ABUSE if word else LABEL_NORMAL)

    def check_media(self, openid: str, url: str) -> str:
        """Pass every picture, but for an address that says ``suggest=risky`` in its query."""
        del openid
        trace_id = secrets.token_hex(16)
        passed = parse_qs(urlsplit(url).query).get("suggest") != [RISKY]
        self._media.add({"at": _now(), "trace_id": trace_id, "passed": passed})
        return trace_id

    def media_verdicts(self) -> list[MediaVerdict]:
        """Return the verdicts of the last ten minutes, each time again: the taker knows its own."""
        oldest = clock.now() - VERDICT_LIFE
        return [
            MediaVerdict(note["trace_id"], note["passed"])
            for note in self._media.latest()
            if datetime.fromisoformat(note["at"]) >= oldest
        ]

    def qr_code(self, scene: str, page: str) -> bytes:
        """Draw a QR code of the preview's address; the preview finds the page by the scene."""
        del page
        address = f"{self._public_url}/m/?scene={quote(checked_scene(scene), safe='')}"
        target = io.BytesIO()
        segno.make(address, error="m", micro=False).save(target, kind="png", scale=10, border=4)
        return target.getvalue()

    def send_message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        """Note the message, to be looked at on /sandbox/."""
        self._messages.add(
            {
                "at": _now(),
                "to": _fingerprint(openid),
                "template": template_id,
                "page": page,
                "data": dict(data),
            }
        )

    def parse_callback(self, args: Mapping[str, str], body: bytes) -> CallbackEvent:
        """Read a signed callback as the real platform does."""
        return self._callbacks.read(args, body)

    def people(self) -> list[Person]:
        """Return whom one can sign in as: the demo's people, or three citizens."""
        try:
            listed = json.loads(self._people_file.read_text())
            return [Person(one["key"], one["name"], one["role_label"]) for one in listed]
        except FileNotFoundError:
            return list(DEFAULT_PEOPLE)

    def messages(self) -> list[Record]:
        """Return the sent messages, newest first, with the receiver's name where it is known."""
        names = {_fingerprint(openid_of(person.key)): person.name for person in self.people()}
        return [
            {**note, "to": names.get(note["to"], f"访客 {note['to']}")}
            for note in reversed(self._messages.latest())
        ]

    def text_checks(self) -> list[Record]:
        """Return the text checks, newest first."""
        return self._texts.latest()[::-1]

    def media_checks(self) -> list[Record]:
        """Return the picture checks, newest first."""
        return self._media.latest()[::-1]


def openid_of(key: str) -> str:
    """Return the openid of a person, in the form of WeChat's: o and 27 characters."""
    digest = sha256(f"ronghe sandbox person {key}".encode()).digest()
    return ("o" + base64.urlsafe_b64encode(digest).decode())[:OPENID_LENGTH]


def _key_of(code: str) -> str:
    kind, separator, rest = code.partition(":")
    key = rest.rpartition(":")[0] if kind == "sandbox" and separator else code
    if not key or code.startswith("bad"):
        raise code_refused()
    return key


def _fingerprint(openid: str) -> str:
    return sha256(openid.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def _read_words(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text().splitlines())
    return tuple(_plain(line) for line in lines if line and not line.startswith("#"))


def _plain(text: str) -> str:
    """Fold width and case and drop spaces, so that ``Ｓ Ｂ`` is ``sb``."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _now() -> str:
    return clock.now().astimezone(UTC).isoformat(timespec="seconds")
