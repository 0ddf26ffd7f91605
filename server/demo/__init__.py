"""The demo city: an invented city to try the system with, never made in production."""
