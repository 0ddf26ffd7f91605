"""The desk of the console's tests."""

from tests.console.conftest import desk

__all__ = ["desk"]
