"""What identity's API takes in and gives out."""

from marshmallow import fields

from server.core.access import PHONE_ROLES
from server.core.schemas import Input, LocalMoment, Named, Schema, choice, length
from server.core.text import CleanText, clean
from server.identity.rules import LONGEST_PASSWORD


def _storable(password: str) -> None:
    # Refuses what can't be encoded; the password itself stays as typed, blanks included.
    clean(password)


class SessionInput(Input):
    """The code of ``wx.login``."""

    code = CleanText(required=True, validate=length(200, 1))


class RoleSchema(Schema):
    """A role on the phone and where it is held."""

    role = fields.String(required=True, validate=choice(*sorted(PHONE_ROLES)))
    organisation = fields.Nested(Named, required=True)


class MemberSchema(Schema):
    """A person on the phone: no openid, no name."""

    id = fields.UUID(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)
    privacy_version = fields.String(required=True, allow_none=True)


class TokenSchema(Schema):
    """A bearer token and how many seconds it lives."""

    token = fields.String(required=True)
    expires_in = fields.Integer(required=True)


class SessionSchema(TokenSchema):
    """A member's token, and the member."""

    member = fields.Nested(MemberSchema, required=True)


class ConsentInput(Input):
    """The version of the privacy notice that was agreed to."""

    version = CleanText(required=True, validate=length(20, 1))


class RedemptionInput(Input):
    """An invitation's code, with or without dashes."""

    code = CleanText(required=True, validate=length(40, 1))


class HandOverSchema(Schema):
    """A representative's open hand-over, or none."""

    expires_at = LocalMoment(required=True, allow_none=True)


class HandOverCodeSchema(Schema):
    """A hand-over's code, told this once."""

    code = fields.String(required=True)
    expires_at = LocalMoment(required=True)
    expires_in = fields.Integer(
        required=True, metadata={"description": "seconds, for a phone whose clock is wrong"}
    )


class OfficeSessionInput(Input):
    """Name and password of a console account."""

    name = CleanText(required=True, validate=length(40, 1))
    password = fields.String(required=True, validate=[length(LONGEST_PASSWORD, 1), _storable])
