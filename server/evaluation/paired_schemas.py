"""What goes out to who represents a community or village."""

from marshmallow import fields

from server.core.schemas import LocalMoment, Named, Schema, choice
from server.identity.rules import OrganisationKind
from server.pairings.rules import SIGNING_CHANNELS

SIGNING_KINDS = [kind.value for kind in OrganisationKind if kind in SIGNING_CHANNELS]


class PairedDepartmentSchema(Named):
    """A department that the organisation is paired with."""

    rated = fields.Boolean(
        required=True, metadata={"description": "whether the organisation has rated it already"}
    )


class PairedCampaignSchema(Schema):
    """An open campaign, and the departments that may be rated in it."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    closes_at = LocalMoment(required=True)
    paused = fields.Boolean(required=True)
    departments = fields.List(fields.Nested(PairedDepartmentSchema), required=True)


class SigningOrganisationSchema(Named):
    """A community or village that the member speaks for."""

    kind = fields.String(required=True, validate=choice(*SIGNING_KINDS))
    campaigns = fields.List(fields.Nested(PairedCampaignSchema), required=True)


class OwnPairingsSchema(Schema):
    """What a representative may rate in an organisation's name."""

    items = fields.List(fields.Nested(SigningOrganisationSchema), required=True)
