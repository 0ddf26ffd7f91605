"""The smallest migration: it counts its runs in the database."""

import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS runs (id serial)")
    connection.execute("INSERT INTO runs DEFAULT VALUES")
