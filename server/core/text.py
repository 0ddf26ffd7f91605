"""What people type: refused where it can't be stored, never changed behind their back."""

import unicodedata

from marshmallow import ValidationError, fields

LINE_CONTROLS = frozenset("\t\n\r")


def clean(text: str) -> str:
    """Strip the ends and refuse what PostgreSQL or a reader can't hold.

    Raises ValidationError for NUL, other control characters and lone surrogates. Tabs and line
    breaks stay: real messages carry them.
    """
    stripped = text.strip()
    for character in stripped:
        category = unicodedata.category(character) if not character.isalnum() else ""
        if category == "Cs" or (category == "Cc" and character not in LINE_CONTROLS):
            message = "含有无法保存的字符，请删除后重试。"
            raise ValidationError(message)
    return stripped


class CleanText(fields.String):
    """A string field that is stripped and checked; lengths are counted after stripping."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return clean(text)
