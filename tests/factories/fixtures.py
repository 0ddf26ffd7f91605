"""Fixtures built by the factories."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.factories.activities import ActivityFactory, make_activity
from tests.factories.city import City, build_city
from tests.factories.rating import Phone


@pytest.fixture
def city(app: object) -> City:
    """A small city with an indicator version, departments, accounts and an enterprise."""
    return build_city()


@pytest.fixture
def phone(client: FlaskClient, city: City) -> Callable[[str], Phone]:
    """Sign in as any sandbox person: ``phone("anna").rate(campaign, department)``."""
    return lambda key: Phone.of(client, key)


@pytest.fixture
def nobody() -> UUID:
    return UUID(int=0)


@pytest.fixture
def activity(city: City) -> ActivityFactory:
    """Make activities: ``activity(branch.id, capacity=2, starts_in=timedelta(hours=5))``."""
    return make_activity
