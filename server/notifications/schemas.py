"""What comes in and goes out about notices."""

from marshmallow import fields, validate

from server.core.schemas import Input, LocalMoment, Schema, choice
from server.notifications.rules import NoticeKind

KINDS = [kind.value for kind in NoticeKind]


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
