"""The API of batches: what comes in and goes out."""

from typing import Any

from apiflask import Schema
from marshmallow import ValidationError, fields, validate

from server.core.schemas import Input
from server.sources.columns import FIELDS
from server.sources.rules import MOST_BATCH_ROWS


class Cell(fields.Field[str]):
    """A value as an export has it: text or number; nothing is an empty text."""

    def _deserialize(self, value: Any, attr: str | None, data: object, **kwargs: object) -> str:
        del attr, data, kwargs
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            message = "须为文字或整数。"
            raise ValidationError(message)
        return str(value)


RowInput = Input.from_dict(
    {
        field.name: Cell(
            load_default="",
            allow_none=True,
            metadata={"type": ["string", "integer", "null"], "description": field.label},
        )
        for field in FIELDS
    },
    name="SourceRowInput",
)


class BatchInput(Input):
    """Some rows; each is judged by itself."""

    rows = fields.List(
        fields.Nested(RowInput),
        required=True,
        validate=validate.Length(1, MOST_BATCH_ROWS, error=f"每批 1 至 {MOST_BATCH_ROWS} 行。"),
    )


class RowErrorSchema(Schema):
    """What is wrong with a field of a row."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class RefusedRowSchema(Schema):
    """A row that was not taken in: its place in the batch, from 1."""

    row = fields.Integer(required=True)
    ticket = fields.String(required=True)
    errors = fields.List(fields.Nested(RowErrorSchema), required=True)


class BatchCountsSchema(Schema):
    """What became of the rows."""

    read = fields.Integer(required=True)
    new = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    unrated = fields.Integer(required=True)
    without_department = fields.Integer(required=True)


class BatchSchema(Schema):
    """The answer to a batch, and to its retry."""

    id = fields.UUID(required=True)
    counts = fields.Nested(BatchCountsSchema, required=True)
    refused = fields.List(fields.Nested(RefusedRowSchema), required=True)
