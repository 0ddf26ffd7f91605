"""What comes in and goes out about notices."""

from marshmallow import fields, validate

from server.core.access import DESK_ROLES
from server.core.schemas import Input, LocalMoment, Schema, choice, length
from server.core.text import CleanText
from server.notifications.rules import Mode, NoticeKind

KINDS = [kind.value for kind in NoticeKind]
MODES = [mode.value for mode in Mode]


class InboxQuery(Input):
    """Where a page of the inbox begins."""

    cursor = fields.String(load_default=None, allow_none=True)


class NoticeSchema(Schema):
    """A notice; ``page`` is a path of the mini-program."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=choice(*KINDS))
    kind_label = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    page = fields.String(required=True)
    created_at = LocalMoment(required=True)
    read = fields.Boolean(required=True)


class InboxSchema(Schema):
    """Some notices, newest first, and how many of all are unread."""

    items = fields.List(fields.Nested(NoticeSchema), required=True)
    unread = fields.Integer(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReadingInput(Input):
    """Which notices were read; null stands for all."""

    ids = fields.List(
        fields.UUID(),
        required=True,
        allow_none=True,
        validate=validate.Length(max=100, error="最多 100 项。"),
    )


class TemplateSchema(Schema):
    """The template of a kind of message."""

    kind = fields.String(required=True, validate=choice(*KINDS))
    template_id = fields.String(required=True)


class TemplatesSchema(Schema):
    """The templates there are."""

    items = fields.List(fields.Nested(TemplateSchema), required=True)


class MessageConsentInput(Input):
    """The kinds of message that the member agreed to, once each."""

    kinds = fields.List(
        fields.String(validate=choice(*KINDS)),
        required=True,
        validate=validate.Length(min=1, max=len(KINDS), error="请选择消息类别。"),
    )


class PreferenceSchema(Schema):
    """What a member wants to hear of a kind; ``messages_left`` are agreed to and not yet sent."""

    kind = fields.String(required=True, validate=choice(*KINDS))
    kind_label = fields.String(required=True)
    mode = fields.String(required=True, validate=choice(*MODES))
    messages_left = fields.Integer(required=True)
    template_id = fields.String(required=True, allow_none=True)


class PreferencesSchema(Schema):
    """Every kind there is for this member, and when no message is sent."""

    items = fields.List(fields.Nested(PreferenceSchema), required=True)
    quiet_hours = fields.String(required=True)
    most_messages = fields.Integer(required=True)


class PreferenceInput(Input):
    """How much of a kind the member wants from now on."""

    mode = fields.String(required=True, validate=choice(*MODES))


class DeskLinkInput(Input):
    """The code that the desk shows."""

    code = CleanText(required=True, validate=length(40, 1))


class DeskLinkSchema(Schema):
    """Whose account the phone is linked to, if any."""

    linked = fields.Boolean(required=True)
    name = fields.String(required=True)


class DeskRoleSchema(Schema):
    """A role that can be used on the phone, and where; ``in_stead_of`` is who lent it."""

    role = fields.String(required=True, validate=choice(*sorted(DESK_ROLES)))
    role_label = fields.String(required=True)
    organisation = fields.String(required=True)
    in_stead_of = fields.String(required=True)


class DeskSessionSchema(Schema):
    """A token for the desk on the phone, whose it is and in which roles."""

    token = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.Nested(DeskRoleSchema), required=True)
