"""Bases and small parts of the schemas."""

from typing import Any

from apiflask import Schema
from marshmallow import RAISE, fields, validate

from server.core.clock import SHANGHAI
from server.core.web import LARGEST_INTEGER

__all__ = ["Schema"]

FIELD_MESSAGES = {
    "required": "请填写这一项。",
    "null": "请填写这一项。",
    "invalid": "格式不正确。",
    "invalid_uuid": "编号格式不正确。",
    "invalid_utf8": "文字编码不正确。",
    "too_large": "数值过大。",
    "type": "格式不正确。",
    "validator_failed": "内容不符合要求。",
    "format": "格式不正确。",
    "naive": "时间必须带时区。",
    "invalid_awareness": "时间必须带时区。",
    "unknown": "请从给出的选项中选择。",
    "special": "请填写有限的数。",
}
# One place for every field of every schema: answers are Chinese whatever is wrong.
for kind in (
    fields.Field,
    fields.String,
    fields.Integer,
    fields.Number,
    fields.Boolean,
    fields.List,
    fields.Dict,
    fields.Nested,
    fields.UUID,
    fields.DateTime,
    fields.Enum,
    fields.Float,
):
    kind.default_error_messages = {
        **kind.default_error_messages,
        **{
            key: text
            for key, text in FIELD_MESSAGES.items()
            if key in kind.default_error_messages or key in {"required", "null", "validator_failed"}
        },
    }


class Input(Schema):
    """What comes in: an unknown field is named, not ignored."""

    class Meta:
        """Refuse what is not asked for."""

        unknown = RAISE

    error_messages = {"unknown": "不认识的字段。", "type": "请求内容必须是 JSON 对象。"}  # noqa: RUF012 marshmallow reads it from the class


class PageQuery(Schema):
    """Cursor and size of a page."""

    cursor = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(
        load_default=20, validate=validate.Range(1, 100, error="每页 1 至 100 条。")
    )


class Named(Schema):
    """Id and name of something."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class RowId(fields.Integer):
    """The number of a row: what PostgreSQL's integer can hold."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it; everything else is up to the field."""
        bound = validate.Range(1, LARGEST_INTEGER, error="请从给出的选项中选择。")
        super().__init__(validate=bound, **kwargs)


def length(most: int, least: int = 0) -> validate.Length:
    """Bound a text's length, counted in characters after stripping."""
    message = f"最多 {most} 个字。" if not least else f"请填写 {least} 至 {most} 个字。"
    return validate.Length(min=least, max=most, error=message)


def choice(*values: object) -> validate.OneOf:
    """Bound a value to a list."""
    return validate.OneOf(values, error="请从给出的选项中选择。")


class LocalMoment(fields.AwareDateTime):
    """A moment that must carry its zone; given out in Asia/Shanghai."""

    def __init__(self, **kwargs: Any) -> None:
        """Use ISO 8601."""
        super().__init__(format="iso", **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        local = None if value is None else value.astimezone(SHANGHAI)
        return super()._serialize(local, attr, obj, **kwargs)
