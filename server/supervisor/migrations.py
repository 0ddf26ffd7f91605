"""Is the database at the newest migration already?

To find that out the ordinary way takes as long as loading the whole application, a third of a
start. So what was migrated is noted: the digest of the migration files, and the revision that
Alembic had written into the database afterwards. The database's own word still decides.
"""

import hashlib
import json
from pathlib import Path

from server.supervisor.external import libpq_url


class MigrationNote:
    """What the last migration from this folder led to."""

    def __init__(self, files: Path, note: Path) -> None:
        """`files` is the folder of the migrations, `note` the file to keep."""
        self._files = files
        self._note = note

    def holds_for(self, database_url: str) -> bool:
        """Tell whether the files are the noted ones and the database has the noted revision."""
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        return bool(noted == self._now(database_url))

    def write(self, database_url: str) -> None:
        """Note a migration that has just succeeded."""
        now = self._now(database_url)
        if now["revisions"]:
            self._note.write_text(json.dumps(now), encoding="utf-8")

    def _now(self, database_url: str) -> dict[str, object]:
        return {"files": self._digest(), "revisions": _revisions(database_url)}

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self._files.rglob("*.py")):
            digest.update(path.relative_to(self._files).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def _revisions(database_url: str) -> list[str]:
    import psycopg

    with psycopg.connect(libpq_url(database_url)) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version ORDER BY 1")
            return [str(revision) for (revision,) in rows]
        except psycopg.errors.UndefinedTable:
            return []
