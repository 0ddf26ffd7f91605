"""What phone and server must agree on: ratings with their salts, digests and commitments.

``python -m tests.evaluation.commitment_vectors`` writes commitments.json anew; the tests of both
sides read it.
"""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from server.campaigns.rules import channel_of
from server.evaluation.commitments import commitment_of, digest_of_words, new_salt

FILE = Path(__file__).parent / "commitments.json"
GIVEN = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f"
PLAIN: dict[str, Any] = {
    "given": GIVEN,
    "receipt_key": "0123456789abcdef0123456789abcdef",
    "revision": 1,
    "campaign": 12,
    "department": 3,
    "channel": "open",
    "cell": 0,
    "organisation": None,
    "rated_on": "2026-11-23",
    "overall": 4,
    "levels": [4, 5, 0],
    "tags": [],
    "comment": "",
}
WORDY = '等了"一上午"\n没人理 \\ / \t \u2028 𠮷 é \u007f'
CASES: dict[str, dict[str, Any]] = {
    "without words": {},
    "words": {"comment": WORDY, "tags": ["推诿拖延", "多头跑路", "答复不清"], "overall": 1},
    "tags alone": {"tags": ["态度热情"]},
    "comment alone": {"comment": "好"},
    "sample": {"channel": "sample", "cell": 17, "levels": [1, 2, 3, 4, 5, 0, 1, 2, 3, 4]},
    "village": {"channel": "village", "organisation": 2147483647},
    "community": {"channel": "community", "organisation": 9},
    "service centre": {"channel": "service_centre"},
    "enterprise": {"channel": "enterprise_online"},
    "hotline": {"channel": "hotline", "levels": [0]},
    "third revision": {"revision": 3},
    "late revision": {"revision": 300},
}


def worked_out(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with what the program works out of it."""
    tags, comment = case["tags"] or None, case["comment"] or None
    salt = new_salt(
        bytes.fromhex(case["given"]),
        bytes.fromhex(case["receipt_key"]),
        case["revision"],
        words=bool(tags or comment),
    )
    words = digest_of_words(salt, tags, comment)
    row = SimpleNamespace(
        campaign_id=case["campaign"],
        department_id=case["department"],
        channel=int(channel_of(case["channel"])),
        cell=case["cell"],
        organisation_id=case["organisation"],
        rated_on=date.fromisoformat(case["rated_on"]),
        overall=case["overall"],
        levels=case["levels"],
        salt=salt,
        words_digest=words,
    )
    committed = commitment_of(row)
    assert committed is not None
    return {
        **case,
        "salt": salt.hex(),
        "words_digest": words.hex() if words else None,
        "commitment": committed.hex(),
    }


if __name__ == "__main__":
    made = [worked_out({"name": name, **PLAIN, **case}) for name, case in CASES.items()]
    FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
