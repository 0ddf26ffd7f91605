"""Bearer tokens: read as they are issued, and in no other form."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from string import ascii_lowercase, ascii_uppercase, digits
from uuid import uuid4

import jwt
import pytest
from apiflask import APIFlask

from server.core.access import ActorKind
from server.core.errors import Refusal
from server.identity import tokens

CLAIMS = {"kind": "member", "sub": uuid4().hex, "epoch": 0, "exp": 2**40}
OTHER_KEY = "another key, and long enough to look like one"
LETTERS = ascii_uppercase + ascii_lowercase + digits + "-_"


def encoded(part: object) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_what_is_issued_can_be_read_by_us_and_by_any_reader_of_tokens(app: APIFlask) -> None:
    identifier = uuid4()
    token, _ = tokens.issue(ActorKind.ACCOUNT, identifier, epoch=7)
    assert tokens.read(token) == (ActorKind.ACCOUNT, identifier, 7, None, None)
    assert jwt.decode(token, app.config["SECRET_KEY"], ["HS256"])["sub"] == identifier.hex


@pytest.mark.parametrize("rank", [0, 3, 4])
def test_a_risk_rank_is_carried(app: APIFlask, rank: int) -> None:
    token, _ = tokens.issue(ActorKind.MEMBER, uuid4(), risk_rank=rank)
    assert tokens.read(token).risk_rank == rank


def test_a_token_of_before_there_were_risk_ranks_is_still_read(app: APIFlask) -> None:
    token = jwt.encode(CLAIMS, app.config["SECRET_KEY"], "HS256")
    assert tokens.read(token).risk_rank is None


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"kind": "system"},
        {"kind": "nobody"},
        {"kind": ["member"]},
        {"sub": "not an id"},
        {"sub": 5},
        {"epoch": None},
        {"risk": 5},
        {"risk": -1},
        {"risk": "3"},
        {"risk": True},
        {"risk": 3.0},
        {"risk": [3]},
    ],
)
def test_a_signed_token_that_says_something_else_is_refused(
    app: APIFlask, change: dict[str, object]
) -> None:
    with pytest.raises(Refusal):
        tokens.read(jwt.encode(CLAIMS | change, app.config["SECRET_KEY"], "HS256"))


def test_a_claim_that_is_missing_is_refused(app: APIFlask) -> None:
    for name in CLAIMS:
        fewer = {key: value for key, value in CLAIMS.items() if key != name}
        with pytest.raises(Refusal):
            tokens.read(jwt.encode(fewer, app.config["SECRET_KEY"], "HS256"))


def test_a_forged_token_is_refused(app: APIFlask) -> None:
    key = app.config["SECRET_KEY"]
    good = jwt.encode(CLAIMS, key, "HS256")
    assert tokens.read(good)
    head, payload, signature = good.split(".")
    # The last letter of 32 bytes carries two bits that say nothing: the next one decodes alike.
    other_end = signature[:-1] + LETTERS[LETTERS.index(signature[-1]) + 1]
    forged = [
        jwt.encode(CLAIMS, OTHER_KEY, "HS256"),
        jwt.encode(CLAIMS, key, "HS256", headers={"kid": "1"}),
        jwt.encode(CLAIMS, "", "none"),
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        f"{head}.{payload}.",
        f"{head}.{encoded(CLAIMS | {'epoch': 1})}.{signature}",
        f"{head}.{payload}.{other_end}",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}",
        f"{head}.{payload}.é",
        "",
        ".",
        "..",
    ]
    assert urlsafe_b64decode(f"{other_end}=") == urlsafe_b64decode(f"{signature}=")
    for token in forged:
        with pytest.raises(Refusal):
            tokens.read(token)


def test_what_is_signed_but_no_claims_is_refused(app: APIFlask) -> None:
    key = app.config["SECRET_KEY"]
    for payload in (b"", b"[]", b"5", b"{", b"\xff"):
        with pytest.raises(Refusal):
            tokens.read(jwt.api_jws.encode(payload, key, "HS256"))
