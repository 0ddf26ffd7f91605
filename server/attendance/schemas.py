"""What phones send of a check-in, and what they are told."""

from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from server.activities.rules import EvidenceKind
from server.attendance.codes import LONGEST_CODE
from server.attendance.rules import LARGEST_ACCURACY_M, Phase
from server.attendance.service import Claim, Confirmation, Position
from server.core.schemas import Input, LocalMoment, Schema, choice

OWN_KINDS = (EvidenceKind.CODE, EvidenceKind.PLACE, EvidenceKind.PHOTO)
WRONG = "格式不正确。"


def _code_text() -> fields.String:
    # A code is ASCII: another text is none, and is answered as one.
    return fields.String(required=True, validate=validate.Length(1, LONGEST_CODE, error=WRONG))


class _Degrees(fields.Float):
    """A coordinate; what is wrong with one is said without repeating it."""

    def __init__(self, most: float, **kwargs: Any) -> None:
        super().__init__(
            allow_nan=False, validate=validate.Range(-most, most, error=WRONG), **kwargs
        )


class CheckInInput(Input):
    """One piece of a member's own evidence; which fields belong to it follows from ``kind``."""

    id = fields.UUID(required=True)
    phase = fields.String(load_default=Phase.IN.value, validate=choice(*Phase))
    kind = fields.String(required=True, validate=choice(*OWN_KINDS))
    happened_at = LocalMoment(required=True)
    code = fields.String(load_default="", validate=validate.Length(0, LONGEST_CODE, error=WRONG))
    longitude = _Degrees(180, load_default=None, allow_none=True)
    latitude = _Degrees(90, load_default=None, allow_none=True)
    accuracy = fields.Float(
        load_default=None,
        allow_none=True,
        allow_nan=False,
        validate=validate.Range(0, LARGEST_ACCURACY_M, error=WRONG),
    )
    inside = fields.Boolean(load_default=None, allow_none=True)
    mock = fields.Boolean(load_default=False)
    picture = fields.UUID(load_default=None, allow_none=True)

    @validates_schema
    def whole(self, data: dict[str, Any], **_kwargs: object) -> None:
        """Refuse half a position and evidence without what shows it."""
        if (data.get("longitude") is None) != (data.get("latitude") is None):
            raise ValidationError("经度和纬度必须一起提交。", "latitude")
        if data["kind"] == EvidenceKind.CODE and not data.get("code"):
            raise ValidationError("请扫描活动码。", "code")


def claim_of(data: dict[str, Any]) -> Claim:
    """Return what a checked body claims."""
    position = None
    if data["kind"] == EvidenceKind.PLACE:
        position = Position(
            longitude=data["longitude"],
            latitude=data["latitude"],
            accuracy=data["accuracy"],
            inside=data["inside"],
            mock=data["mock"],
        )
    return Claim(
        id=data["id"],
        kind=EvidenceKind(data["kind"]),
        phase=Phase(data["phase"]),
        happened_at=data["happened_at"],
        code=data["code"],
        position=position,
        picture_id=data["picture"],
    )


class ProofInput(Input):
    """A member's code with the organiser's signature over it."""

    proof = _code_text()


class ConfirmationInput(Input):
    """A member's one-time code as a peer scanned it."""

    id = fields.UUID(required=True)
    code = _code_text()
    happened_at = LocalMoment(required=True)


def confirmation_of(data: dict[str, Any]) -> Confirmation:
    """Return what a checked body confirms."""
    identifier: UUID = data["id"]
    return Confirmation(identifier, data["code"], data["happened_at"])


class DecisionInput(Input):
    """The organiser's word about one person."""

    present = fields.Boolean(required=True)
    phase = fields.String(load_default=Phase.IN.value, validate=choice(*Phase))


class StandingSchema(Schema):
    """Where a person stands, for whoever decides about it."""

    presence = fields.String(allow_none=True)
    presence_label = fields.String(allow_none=True)
    phase = fields.String()
    kinds = fields.List(fields.String())
    doubts = fields.List(fields.String())
    message = fields.String()
    left = fields.Boolean()


class OwnStandingSchema(StandingSchema):
    """Where a person stands after a check-in; the times are the person's own to see."""

    came_at = LocalMoment(allow_none=True)
    left_at = LocalMoment(allow_none=True)


class ConfirmedSchema(Schema):
    """What the peer is told who confirmed somebody."""

    message = fields.String()
    presence = fields.String(allow_none=True)


class _AskedSchema(Schema):
    id = fields.Integer()
    title = fields.String()
    starts_at = LocalMoment()
    ends_at = LocalMoment()
    evidence = fields.List(fields.String())
    evidence_needed = fields.Integer()
    check_out = fields.Boolean()
    fences = fields.List(fields.Dict())


class _MineSchema(Schema):
    presence = fields.String(allow_none=True)
    presence_label = fields.String(allow_none=True)
    came_at = LocalMoment(allow_none=True)
    left_at = LocalMoment(allow_none=True)
    kinds = fields.List(fields.String())
    doubts = fields.List(fields.String())
    message = fields.String()


class _TicketSchema(Schema):
    id = fields.String()
    key = fields.String()


class MyCheckInSchema(Schema):
    """What a phone needs to check in, with and without network."""

    activity = fields.Nested(_AskedSchema)
    my = fields.Nested(_MineSchema)
    ticket = fields.Nested(_TicketSchema, allow_none=True)
    server_time = LocalMoment()


class CodeKeySchema(Schema):
    """What an organiser's phone needs to show codes and to sign."""

    key = fields.String()
    server_time = LocalMoment()
    step_seconds = fields.Integer()


class _AttendeeSchema(Schema):
    person = fields.UUID()
    name = fields.String()
    branch = fields.String()
    number = fields.Integer(allow_none=True)
    standing = fields.String(allow_none=True)
    presence = fields.String(allow_none=True)
    kinds = fields.List(fields.String())
    doubts = fields.List(fields.String())
    doubt_labels = fields.List(fields.String())
    marks = fields.List(fields.String())
    pictures = fields.List(fields.UUID())
    left = fields.Boolean()
    decided = fields.Boolean()


class _CountsSchema(Schema):
    joined = fields.Integer()
    present = fields.Integer()
    question = fields.Integer()
    incomplete = fields.Integer()
    absent = fields.Integer()


class OverviewSchema(Schema):
    """An activity's people, for its organisers: states, never times."""

    counts = fields.Nested(_CountsSchema)
    items = fields.List(fields.Nested(_AttendeeSchema))
