"""Notes and checkpoints: the published example of the format, and what must be refused."""

import base64

import pytest

from server.ledger.notes import (
    Checkpoint,
    NoteError,
    Signer,
    VerifierKey,
    open_checkpoint,
    open_note,
)

# The example of the format's first implementation, golang.org/x/mod/sumdb/note.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = TEXT + (
    "\n— PeterNeumann"
    " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n"
)
LOG = Signer("ronghe.test/log", bytes(range(32)))


def test_the_formats_own_example_is_signed_and_opened_alike() -> None:
    key = VerifierKey.read(KEY)
    assert open_note(NOTE, key) == TEXT
    signer = Signer("PeterNeumann", SEED)
    assert str(signer.key) == KEY
    assert signer.note(TEXT) == NOTE


def test_a_signature_of_somebody_else_beside_ours_is_passed_over() -> None:
    other = Signer("witness.test", bytes(32)).note(TEXT).rpartition("\n\n")[2]
    assert open_note(NOTE + other, VerifierKey.read(KEY)) == TEXT


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("cryptography", "cryptographie"),
        NOTE.replace("BwJnAM=", "BwJnAA="),
        NOTE.replace("PeterNeumann", "PeterNewmann"),
        NOTE.replace("\n— ", "\n- "),
        NOTE.rstrip("\n"),
        TEXT,
        "",
        NOTE + "\n",
    ],
)
def test_a_note_with_anything_changed_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, VerifierKey.read(KEY))


@pytest.mark.parametrize(
    "text",
    [
        KEY.replace("c74f20a3", "c74f20a4"),
        KEY.replace("PeterNeumann", "Peter Neumann"),
        KEY[:-4],
        KEY.replace("+ARpc", "+Arpc"),
        "PeterNeumann",
        "",
    ],
)
def test_a_key_whose_parts_do_not_belong_together_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.read(text)


def test_a_checkpoint_is_origin_size_and_root() -> None:
    checkpoint = Checkpoint("ronghe.test/log", 8, bytes(32))
    note = LOG.note(checkpoint.text())
    lines = note.split("\n")
    assert lines[:4] == ["ronghe.test/log", "8", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith("— ronghe.test/log ")
    assert open_checkpoint(note, LOG.key) == checkpoint


def test_a_checkpoint_may_say_more_in_further_lines() -> None:
    checkpoint = Checkpoint("ronghe.test/log", 8, bytes(32))
    assert open_checkpoint(LOG.note(checkpoint.text() + "more\n"), LOG.key) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "elsewhere.test/log\n8\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "ronghe.test/log\n08\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "ronghe.test/log\n-8\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "ronghe.test/log\n8\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "ronghe.test/log\n8\n",
        "ronghe.test/log\n",
    ],
)
def test_what_the_key_signed_but_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        open_checkpoint(LOG.note(text), LOG.key)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_key_has_a_name_that_a_note_can_hold(name: str) -> None:
    with pytest.raises(NoteError):
        Signer(name, bytes(32))
