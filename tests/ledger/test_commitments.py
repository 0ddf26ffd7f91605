"""Commitments: Python, PostgreSQL and the written-down example agree; entries read back."""

import secrets
from dataclasses import asdict
from datetime import date
from hashlib import sha256

import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from server.core.database import db
from server.ledger import openings
from server.ledger.commitments import (
    COMMITMENT_SQL,
    Opening,
    canonical,
    commitment,
    words_digest,
)
from server.ledger.notes import NoteError, Signer
from server.ledger.openings import Header, OpeningsError
from server.ledger.promises import open_promise, promise
from server.ledger.rules import Event, MalformedEntryError, entry_text, read_entry, read_tally_body
from server.ledger.signing import signer

DAY = date(2026, 11, 23)
EXAMPLE = Opening(12, 3, 1, 0, None, DAY, 4, (4, 5, 0))
SALT = bytes(range(16))


def test_the_canonical_form_is_the_documented_one() -> None:
    assert canonical(EXAMPLE) == b"12\n3\n1\n0\n-\n2026-11-23\n4\n4,5,0\n-"
    signed = Opening(12, 3, 6, 0, 44, DAY, 1, (1,), b"\xab" * 32)
    assert canonical(signed) == b"12\n3\n6\n0\n44\n2026-11-23\n1\n1\n" + b"ab" * 32


def test_the_commitment_is_the_hash_of_prefix_salt_and_form() -> None:
    wanted = sha256(b"ronghe-rating-v1\n" + SALT + canonical(EXAMPLE)).digest()
    assert commitment(SALT, EXAMPLE) == wanted
    # A second half of the salt is for the words alone.
    assert commitment(SALT + secrets.token_bytes(16), EXAMPLE) == wanted
    with pytest.raises(ValueError, match="15"):
        commitment(SALT[:15], EXAMPLE)


def test_words_have_a_digest_of_their_own_and_none_without_words() -> None:
    assert words_digest(SALT, [], "") is None
    found = words_digest(SALT, ["热情", "快"], '很好，"不错"\n')
    wanted = '[["快","热情"],"很好，\\"不错\\"\\n"]'.encode()
    assert found == sha256(b"ronghe-words-v1\n" + SALT + wanted).digest()


levels = st.integers(0, 5)


ratings = st.builds(
    Opening,
    campaign_id=st.integers(1, 2**31 - 1),
    department_id=st.integers(1, 2**31 - 1),
    channel=st.integers(1, 7),
    cell=st.integers(0, 300),
    organisation_id=st.none() | st.integers(1, 2**31 - 1),
    rated_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    overall=st.integers(1, 5),
    levels=st.lists(levels, min_size=1, max_size=11),
    words=st.none() | st.binary(min_size=32, max_size=32),
)


@given(ratings, st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32))
def test_postgresql_works_out_the_same_commitment(
    migrated_app: APIFlask, opening: Opening, salt: bytes
) -> None:
    with migrated_app.app_context():
        found = db.session.scalar(
            text(
                f"SELECT {COMMITMENT_SQL} FROM (SELECT CAST(:salt AS bytea) AS salt,"
                " CAST(:campaign_id AS integer) AS campaign_id, CAST(:department_id AS integer)"
                " AS department_id, CAST(:channel AS smallint) AS channel,"
                " CAST(:cell AS smallint) AS cell,"
                " CAST(:organisation_id AS integer) AS organisation_id,"
                " CAST(:rated_on AS date) AS rated_on, CAST(:overall AS smallint) AS overall,"
                " CAST(:levels AS smallint[]) AS levels,"
                " CAST(:words AS bytea) AS words_digest) AS rating"
            ),
            {"salt": salt, **asdict(opening)},
        )
    assert found == commitment(salt, opening)


commitments = st.none() | st.binary(min_size=32, max_size=32)


@given(
    st.integers(1, 2**31 - 1),
    st.sampled_from(Event),
    st.none() | st.sampled_from(["test", "duplicate"]),
    commitments,
    commitments,
    st.none() | st.sampled_from(["at=2026-11-23", "edition=1 counted=2"]),
)
def test_an_entry_is_read_back_as_it_was_written(
    campaign: int,
    event: Event,
    reason: str | None,
    new: bytes | None,
    previous: bytes | None,
    body: str | None,
) -> None:
    line = entry_text(campaign, event, reason, new, previous, body)
    found = read_entry(line)
    assert (found.campaign_id, found.event, found.reason) == (campaign, event, reason)
    assert (found.commitment, found.previous, found.body) == (new, previous, body)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "v2 1 accepted - - -",
        "v1 1 accepted - -",
        "v1 01 accepted - - -",
        "v1 1 liked - - -",
        "v1 1 accepted - AB -",
        "v1  1 accepted - - -",
        "v1 1 accepted - - - ",
    ],
)
def test_any_other_text_is_no_entry(line: str) -> None:
    with pytest.raises(MalformedEntryError):
        read_entry(line)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "edition=1",
        "edition=1 counted=1 withdrawn=0 root=00 excluded.test=1",
        "edition=01 counted=1 withdrawn=0 root=00",
        "edition=1 counted=1 withdrawn=0 left=1 root=00",
    ],
)
def test_any_other_text_is_no_tally(body: str) -> None:
    with pytest.raises(MalformedEntryError):
        read_tally_body(body)


def test_a_promise_is_signed_and_is_no_head(app: APIFlask) -> None:
    note = promise(12, b"c" * 32, DAY)
    assert open_promise(note, signer().key) == (12, b"c" * 32, DAY)
    assert note == promise(12, b"c" * 32, DAY)
    with pytest.raises(NoteError):
        open_promise(note.replace("12 ", "13 "), signer().key)
    with pytest.raises(NoteError):
        open_promise(note, Signer("ronghe.test/log", bytes(32)).key)
    head = signer().note("ronghe.test/log\n0\n\n")
    with pytest.raises(NoteError):
        open_promise(head, signer().key)


def test_openings_are_written_and_read_line_by_line() -> None:
    header = Header(12, 1, b"r" * 32)
    first, line = openings.lines(header, [(SALT + b"w" * 16, EXAMPLE)])
    assert openings.read_header(first) == header
    opened = openings.read_line(line)
    assert opened.holds
    assert opened.commitment == commitment(SALT, EXAMPLE)
    assert b"w" * 16 not in bytes.fromhex(opened.salt.hex())
    rated = openings.read_opening(opened.text)
    assert (rated.department_id, rated.channel, rated.overall, rated.levels) == (3, 1, 4, (4, 5, 0))
    changed = openings.read_line(line.replace("4,5,0", "5,5,0"))
    assert not changed.holds


@pytest.mark.parametrize("line", ["", "{}", "[]", "nothing", '{"commitment":"zz"}'])
def test_other_lines_open_nothing(line: str) -> None:
    with pytest.raises(OpeningsError):
        openings.read_line(line)
    with pytest.raises(OpeningsError):
        openings.read_header(line)
