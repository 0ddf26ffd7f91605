"""The log's public files in a folder, fetched as a stranger would fetch them."""

from pathlib import Path

from flask.testing import FlaskClient

from server.ledger.files import bundle_path
from server.ledger.tiles import HIGHEST_LEVEL, WIDTH, tile_path, width
from tests.factories.logged import checkpoint


def save_log(client: FlaskClient, folder: Path, *tallies: tuple[int, int]) -> Path:
    """Fetch everything that ``verify`` needs; ``tallies`` are campaigns and editions."""
    size = checkpoint().size
    paths = ["checkpoint", "key", *(f"tally/{one}/{edition}.json" for one, edition in tallies)]
    for level in range(HIGHEST_LEVEL + 1):
        paths += [
            tile_path(level, number, width(level, number, size))
            for number in range(-(-(size >> 8 * level) // WIDTH))
        ]
    paths += [bundle_path(number, size) for number in range(-(-size // WIDTH))]
    for path in paths:
        answer = client.get(f"/log/{path}")
        assert answer.status_code == 200, path
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(answer.data)
    return folder
