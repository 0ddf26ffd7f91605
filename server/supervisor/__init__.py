"""Starts everything that `make run` needs and keeps it running.

A supervisor owns the servers (PostgreSQL, Valkey) and the application (web, worker) of one folder.
Its pieces are used by the tests and the benchmark as well: see `server.supervisor.instance`.
Only the standard library and psycopg are imported here, so that a start costs little.
"""
