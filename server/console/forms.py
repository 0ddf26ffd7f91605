"""What a person typed into a form: kept as typed, read by a schema, with what is wrong by field."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from flask import flash, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from server.core.clock import SHANGHAI
from server.core.errors import InvalidInput, Refusal, constraint_name, flatten
from server.core.messages import MESSAGES
from server.core.text import clean
from server.core.transaction import transaction

Result = TypeVar("Result")
TO_THE_MINUTE = "%Y-%m-%dT%H:%M"
# Refusals of these kinds belong beside the form; others are pages.
CORRECTABLE = {400, 409, 422, 429}


class FormSchema(Schema):
    """What a form sends; the CSRF token and an empty file field are not looked at."""

    class Meta:
        """Take the fields that are named."""

        unknown = EXCLUDE


class LocalMinute(fields.Field[datetime]):
    """A moment as a browser's date and time field sends it, meant in Asia/Shanghai."""

    default_error_messages = {  # noqa: RUF012 marshmallow's way
        "required": "请填写时间。",
        "invalid": "请按“年-月-日 时:分”填写时间。",
    }

    def _deserialize(
        self, value: object, attr: str | None, data: object, **kwargs: object
    ) -> datetime:
        del attr, data, kwargs
        if not value:
            raise self.make_error("required")
        try:
            return datetime.strptime(str(value), TO_THE_MINUTE).replace(tzinfo=SHANGHAI)
        except ValueError as error:
            raise self.make_error("invalid") from error


class LocalDay(fields.Field[date]):
    """A day as a browser's date field sends it."""

    default_error_messages = {  # noqa: RUF012 marshmallow's way
        "required": "请填写日期。",
        "invalid": "请按“年-月-日”填写日期。",
    }

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> date:
        del attr, data, kwargs
        if not value:
            raise self.make_error("required")
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=SHANGHAI).date()
        except ValueError as error:
            raise self.make_error("invalid") from error


class Lines(fields.Field[list[str]]):
    """Several short texts, one a line or parted by commas; doubles and blanks fall away."""

    def _deserialize(
        self, value: object, attr: str | None, data: object, **kwargs: object
    ) -> list[str]:
        del attr, data, kwargs
        text = clean(str(value or ""))
        for separator in ("，", ",", "、", "；", ";"):
            text = text.replace(separator, "\n")
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def as_typed(moment: datetime) -> str:
    """Return a moment the way a date and time field shows it."""
    return moment.astimezone(SHANGHAI).strftime(TO_THE_MINUTE)


class Form:
    """A form's values and errors; a template asks ``form.value(name)`` and ``form.error(name)``."""

    def __init__(self, schema: Schema, values: dict[str, Any] | None = None) -> None:
        """Start with what the fields show before anybody typed."""
        self._schema = schema
        self._values: dict[str, Any] = dict(values or {})
        self.errors: dict[str, str] = {}

    @classmethod
    def posted(cls, schema: Schema) -> "Form":
        """Take what this request sends."""
        return cls(schema, _plain(request.form, schema))

    def put(self, name: str, value: Any) -> None:
        """Set what a field shows, such as the text of an uploaded file."""
        self._values[name] = value

    def value(self, name: str) -> Any:
        """Return what a field shows."""
        value = self._values.get(name)
        return "" if value is None else value

    def chosen(self, name: str) -> set[str]:
        """Return the chosen values of a field of several, as texts."""
        value = self._values.get(name) or []
        values: Iterable[Any] = value if isinstance(value, (list, tuple, set)) else [value]
        return {str(one) for one in values}

    def faults(self) -> list[tuple[str, str]]:
        """Return every place that is wrong, in order, and what is wrong there."""
        return list(self.errors.items())

    def error(self, name: str) -> str:
        """Return what is wrong with a field, or nothing."""
        return self.errors.get(name, "")

    @property
    def loose_errors(self) -> list[str]:
        """Return what is wrong with no field of the form, to be shown above it."""
        return [
            text if name == "" else f"{name}：{text}"
            for name, text in self.errors.items()
            if name.partition(".")[0] not in self._schema.fields
        ]

    def submit(self, action: Callable[..., Result]) -> Result | None:
        """Read the form and carry the action out in one transaction.

        Returns what the action returns, or None with ``errors`` filled: nothing is saved then.
        """
        try:
            data = self._schema.load(self._values)
        except ValidationError as error:
            self._take(error.messages_dict)
            return None
        try:
            with transaction():
                return action(**data)
        except InvalidInput as refusal:
            for fault in refusal.errors:
                self.errors.setdefault(fault["field"], fault["message"])
        except Refusal as refusal:
            if refusal.status not in CORRECTABLE:
                raise
            self.errors[refusal.field or ""] = refusal.message
        except IntegrityError as error:
            name = constraint_name(error)
            if name not in MESSAGES:
                raise
            self.errors[""] = MESSAGES[name]
        return None

    def _take(self, messages: dict[str, Any]) -> None:
        for fault in flatten(messages):
            # The first fault of a list's items stands for the list, which is one field.
            self.errors.setdefault(fault["field"].partition(".")[0], fault["message"])


def _plain(sent: MultiDict[str, str], schema: Schema) -> dict[str, Any]:
    """Return a form's values by name: a list where the schema takes several, else one text."""
    values: dict[str, Any] = {}
    for name, field in schema.fields.items():
        if isinstance(field, fields.List):
            values[name] = sent.getlist(name)
        elif isinstance(field, fields.Boolean):
            values[name] = name in sent
        elif name in sent:
            empty = field.allow_none and not sent[name]
            values[name] = None if empty else sent[name]
    return values


def step(action: Callable[[], object], done: str) -> bool:
    """Carry out a step that a button asks for, and tell on the next page how it went."""
    try:
        with transaction():
            action()
    except Refusal as refusal:
        if refusal.status not in CORRECTABLE:
            raise
        flash(refusal.message, "danger")
        return False
    except IntegrityError as error:
        name = constraint_name(error)
        if name not in MESSAGES:
            raise
        flash(MESSAGES[name], "danger")
        return False
    flash(done, "success")
    return True
