"""Repeating a draw from its two public files, the frame and the plan: no database, no key. Pure."""

import csv
import io
from decimal import Decimal, InvalidOperation
from typing import Any

from server.sampling.drawing import NUMBER, Drawn, Frame, digest
from server.sampling.planning import (
    VERSION,
    Document,
    Terms,
    TooFewError,
    Wish,
    document,
    drawn_persons,
    plan,
)
from server.sampling.rules import Panel


class RepeatError(ValueError):
    """The files don't belong together, or are none of ours."""


def read_frame(data: bytes) -> Frame:
    """Read a frame's public form: a CSV file of numbers and categories."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        message = "the frame is no CSV file in UTF-8"
        raise RepeatError(message) from error
    if not rows or rows[0][:1] != [NUMBER]:
        message = f"the frame's first heading must be {NUMBER!r}"
        raise RepeatError(message)
    dimensions = tuple(rows[0][1:])
    try:
        found = {int(row[0]): tuple(row[1:]) for row in rows[1:] if row}
    except ValueError as error:
        message = "a number of the frame is none"
        raise RepeatError(message) from error
    if any(len(categories) != len(dimensions) for categories in found.values()):
        message = "a line of the frame has more or fewer cells than there are headings"
        raise RepeatError(message)
    return Frame(dimensions, dict(sorted(found.items())))


def repeat(frame: Frame, said: Document) -> list[Drawn]:
    """Draw again by a plan, and hold frame, sizes and cells to what it says.

    Raises RepeatError where anything differs.
    """
    try:
        return _repeat(frame, said)
    except (KeyError, TypeError, AttributeError, InvalidOperation) as error:
        message = f"the plan lacks what a draw needs: {error}"
        raise RepeatError(message) from error
    except TooFewError as error:
        raise RepeatError(str(error)) from error


def _repeat(frame: Frame, said: Document) -> list[Drawn]:
    _same("version", VERSION, said["version"])
    _same(
        "frame", digest(frame.dimensions, frame.categories.items()).hex(), said["frame"]["digest"]
    )
    wish, terms = _wish(said), _terms(said)
    members, passed_over = _strata(frame), set(terms.skipped)
    persons = {categories: len(numbers) for categories, numbers in members.items()}
    free = {
        categories: sum(1 for number in numbers if number not in passed_over)
        for categories, numbers in members.items()
    }
    planned = plan(frame.dimensions, persons, free, wish, len(terms.departments))
    drawn = drawn_persons(members, planned, terms, wish.departments_each)
    for name, value in document(planned, drawn, wish, terms, said["frame"]).items():
        _same(name, value, said[name])
    return drawn


def _wish(said: Document) -> Wish:
    return Wish(
        margin=Decimal(said["margin"]),
        confidence=Decimal(said["confidence"]),
        design_effect=Decimal(said["design_effect"]),
        reserve_share=Decimal(said["reserve_share"]),
        departments_each=int(said["departments_each"]),
        least=int(said["least"]),
    )


def _terms(said: Document) -> Terms:
    return Terms(
        panel=Panel(said["panel"]).value,
        seed=str(said["seed"]),
        seed_source=str(said["seed_source"]),
        skip_days=said["skip_days"],
        skipped=tuple(said["skipped"]),
        departments=tuple(said["departments"]),
        first_cell=int(said["cells"][0]["number"]),
    )


def _strata(frame: Frame) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for number, categories in frame.categories.items():
        found.setdefault(categories, []).append(number)
    return found


def _same(name: str, mine: Any, said: Any) -> None:
    if mine != said:
        message = f"{name} is not what the plan says"
        raise RepeatError(message)
