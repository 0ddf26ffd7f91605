"""What the log proves of a rating: every part can be checked by whoever asks."""

from marshmallow import fields

from server.core.schemas import RowId, Schema

HASHES = {"description": "hashes of the proof, each 64 hexadecimal digits"}


class ProvenLeafSchema(Schema):
    """A leaf with the proof that the head's tree holds it."""

    index = fields.Integer(required=True)
    entry = fields.String(required=True, metadata={"description": "the line that is hashed"})
    path = fields.List(fields.String(), required=True, metadata=HASHES)


class PlaceSchema(Schema):
    """Where a commitment stands among those that count."""

    position = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True, metadata=HASHES)


class TallyProofSchema(Schema):
    """The newest tally of the rating's campaign."""

    edition = fields.Integer(required=True)
    leaf = fields.Nested(ProvenLeafSchema, required=True, allow_none=True)
    place = fields.Nested(PlaceSchema, required=True, allow_none=True)


class EvidenceSchema(Schema):
    """All that is needed to find a rating in the log; nothing of it has to be believed."""

    head = fields.String(required=True, metadata={"description": "a signed checkpoint"})
    leaf = fields.Nested(
        ProvenLeafSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null while the commitment waits, or is unknown"},
    )
    later = fields.Nested(
        ProvenLeafSchema,
        required=True,
        allow_none=True,
        metadata={"description": "what corrected, withdrew or set the rating apart"},
    )
    consistency = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "that the head goes on from the one of size `since`"},
    )
    tally = fields.Nested(TallyProofSchema, required=True, allow_none=True)


class EvidenceQuery(Schema):
    """What the evidence is to lead on from."""

    campaign = RowId(
        load_default=None,
        metadata={"description": "of the rating; may be left out once it is in the log"},
    )
    since = fields.Integer(
        load_default=None,
        metadata={"description": "size of the last head that the asker has verified"},
    )


class ConsistencyQuery(Schema):
    """Two sizes of the log."""

    old = fields.Integer(required=True)
    new = fields.Integer(required=True)


class ConsistencySchema(Schema):
    """That the tree of `new` leaves begins with that of `old`."""

    old = fields.Integer(required=True)
    new = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True, metadata=HASHES)


class LogKeySchema(Schema):
    """The key that heads and promises are signed with."""

    key = fields.String(required=True, metadata={"description": "name+id+key, as C2SP has it"})
