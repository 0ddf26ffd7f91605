"""Figures are rounded half up, whatever kind of number they come as."""

from decimal import Decimal

import pytest

from server.core.rounding import half_up


@pytest.mark.parametrize(
    ("number", "places", "shown"),
    [
        (6.25, 1, "6.3"),
        (Decimal("72.25"), 1, "72.3"),
        (Decimal("12.3450"), 2, "12.35"),
        (0.35, 1, "0.4"),
        (2.5, 0, "3"),
        (Decimal("0.5"), 0, "1"),
        (26.278, 1, "26.3"),
        (7, 1, "7.0"),
        (0.0, 1, "0.0"),
    ],
)
def test_a_half_is_rounded_up(number: Decimal | float, places: int, shown: str) -> None:
    assert str(half_up(number, places)) == shown
