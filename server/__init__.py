"""Ronghe 融合: the server.

``application.create_app`` stands in a module of its own, so that the supervisor, the benchmark and
single domains can be imported without all of it.
"""
