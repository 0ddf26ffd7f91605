"""The demo city's yearly assessment, of the one quarter that is published."""

from datetime import datetime

from server.assessment import service
from server.assessment.rules import Rate, WithoutCases
from server.core.transaction import transaction
from server.demo.desks import desk
from server.quarterly.rules import read_quarter

OFFICE = "office1"
QUARTER_WEIGHT = "60"
RATES = {
    Rate.CALLED_BACK_IN_TIME: "10",
    Rate.ANSWERED_IN_TIME: "10",
    Rate.CLOSED_IN_TIME: "10",
    Rate.SOLVED: "10",
}


def make_demo_assessment(quarter: str, now: datetime) -> None:
    """Save a scheme for the quarter's year and work its results out.

    The scheme names no quarter that isn't published: departments would have no result.
    """
    year, office = read_quarter(quarter).year, desk(OFFICE)
    rates = {rate.value: weight for rate, weight in RATES.items()}
    with transaction():
        service.save_scheme(
            year, {quarter: QUARTER_WEIGHT}, rates, WithoutCases.SPREAD, actor=office, now=now
        )
        service.compute(year, actor=office, now=now)
