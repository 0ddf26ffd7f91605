"""Signed notes and checkpoints in the C2SP formats (signed-note, tlog-checkpoint): pure.

Only Ed25519 of ``cryptography`` comes from outside. A note is text that ends with a line break,
an empty line, and a line for each signature: an em dash, the key's name, and in base64 four bytes
that tell keys of one name apart with the signature behind them.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.ledger.tree import HASH_BYTES

ED25519 = b"\x01"
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
DASH = "— "
MOST_SIGNATURES = 100
CHECKPOINT_LINES = 3


class NoteError(Exception):
    """A text is no note, or nobody whose key is known signed it."""


@dataclass(frozen=True)
class VerifierKey:
    """Whose signatures count: a name and a public key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        """Return what people compare: the public key's SHA-256 in groups of four digits."""
        digest = sha256(self.public).hexdigest()
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))

    def __str__(self) -> str:
        """Return the key as tools for such logs take it: ``name+id+key``."""
        key = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    @classmethod
    def read(cls, text: str) -> "VerifierKey":
        """Read ``name+id+key`` back; raise NoteError where its parts don't belong together."""
        parts = text.strip().split("+", 2)
        try:
            name, identifier, encoded = parts
            material = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            message = "not a verifier key"
            raise NoteError(message) from error
        found = cls(name, material[1:])
        if material[:1] != ED25519 or len(found.public) != HASH_BYTES:
            message = "not an Ed25519 verifier key"
            raise NoteError(message)
        if not is_key_name(name) or found.id.hex() != identifier:
            message = "the verifier key's parts do not belong together"
            raise NoteError(message)
        return found

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


class Signer:
    """A private key with its name."""

    def __init__(self, name: str, seed: bytes) -> None:
        """``seed`` are the 32 bytes that RFC 8032 calls the private key."""
        if not is_key_name(name):
            message = f"a note can't hold the key name {name!r}"
            raise NoteError(message)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, self._private.public_key().public_bytes_raw())

    def note(self, text: str) -> str:
        """Sign a text that ends with a line break; Ed25519 gives one text one signature."""
        if not text.endswith("\n"):
            raise ValueError(text)
        signature = self.key.id + self._private.sign(text.encode())
        return f"{text}\n{DASH}{self.key.name} {base64.b64encode(signature).decode()}\n"


@dataclass(frozen=True)
class Checkpoint:
    """What a tree head says: which log, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def is_key_name(name: str) -> bool:
    """Tell whether a note can name this key: not empty, no white space, no plus sign."""
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def open_note(note: str, key: VerifierKey) -> str:
    """Return a note's text if ``key`` signed it; raise NoteError otherwise.

    Signatures by others are passed over: a log may be countersigned.
    """
    text, separator, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        message = "not a signed note"
        raise NoteError(message)
    text += "\n"
    signed = False
    for line in lines:
        name, signature = _signature(line)
        if name != key.name or signature[:KEY_ID_BYTES] != key.id:
            continue
        if not key.verifies(text.encode(), signature[KEY_ID_BYTES:]):
            message = "the signature is not that of the key"
            raise NoteError(message)
        signed = True
    if not signed:
        message = "the note is not signed with this key"
        raise NoteError(message)
    return text


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Return a checkpoint that ``key`` signed for the log of its name; raise NoteError."""
    lines = open_note(note, key).split("\n")
    if len(lines) <= CHECKPOINT_LINES or lines[0] != key.name:
        message = "not a checkpoint of this log"
        raise NoteError(message)
    try:
        found = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except (ValueError, binascii.Error) as error:
        message = "not a checkpoint"
        raise NoteError(message) from error
    canonical = found.text().split("\n")[1:CHECKPOINT_LINES] == lines[1:CHECKPOINT_LINES]
    if not canonical or found.size < 0 or len(found.root) != HASH_BYTES:
        message = "not a checkpoint in its canonical form"
        raise NoteError(message)
    return found


def _signature(line: str) -> tuple[str, bytes]:
    name, separator, encoded = line.removeprefix(DASH).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        message = "a signature line is malformed"
        raise NoteError(message) from error
    if not line.startswith(DASH) or not separator or len(signature) <= KEY_ID_BYTES:
        message = "a signature line is malformed"
        raise NoteError(message)
    return name, signature
