"""A door with a post office: `post` carries deliveries to it."""

import pytest

from .mail import post_office


@pytest.fixture
def post(door):
    with post_office(door) as found:
        yield found
