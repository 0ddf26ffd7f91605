"""A hotline whose matters become cases."""

import pytest

from server.core.transaction import transaction
from server.sources import service as sources
from server.sources.models import Source
from server.sources.rules import SourceKind
from tests.factories.city import City
from tests.factories.desk_cases import NOON


@pytest.fixture
def hotline(city: City) -> Source:
    """A hotline of the city, registered at noon of the day that the tests begin with."""
    with transaction():
        return sources.create_source(
            name="12345 热线", kind=SourceKind.HOTLINE, actor=city.actors["office1"], now=NOON
        )
