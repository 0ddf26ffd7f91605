"""The log: a page that explains it, and its files as C2SP's tlog-tiles lays them out.

The files are for programs that follow such logs; nothing in them names a person or a level, and
whoever follows the log fetches all of it, so that nobody learns which leaf concerns him.
"""

from flask import Response, current_app, json

from server.campaigns import queries as campaigns
from server.core import clock
from server.core.access import anyone
from server.core.errors import Refusal
from server.core.limits import limited
from server.ledger import audit_queries, queries, signing, store, tallytree
from server.ledger.files import bundle
from server.ledger.models import Tally
from server.ledger.rules import entry_text
from server.ledger.tiles import WIDTH, TileId, read_path, width
from server.ledger.tree import HASH_BYTES
from server.public.blueprint import public
from server.public.rendering import PUBLISHED, page

BYTES = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
# A tile that is full, or of a named width, never changes.
FOREVER = "public, max-age=31536000, immutable"


@public.get("/log/")
@anyone
@limited("read")
def log() -> Response:
    """Explain the log, and show its size, head, tallies and audits."""
    tallies = audit_queries.newest_tallies()
    audits = audit_queries.public_audits()
    return page(
        "log",
        cache=PUBLISHED,
        head=queries.head(),
        key=str(signing.signer().key),
        fingerprint=signing.signer().key.fingerprint,
        address=current_app.config["CONFIGURATION"].public_url + "/log",
        tallies=tallies,
        audits=audits,
        titles=campaigns.titles(
            {one.campaign_id for one in tallies} | {one.campaign_id for one in audits}
        ),
    )


@public.get("/log/checkpoint")
@anyone
@limited("log")
def log_checkpoint() -> Response:
    """Give the newest signed head."""
    return _file(queries.head().note.encode(), TEXT, "no-cache")


@public.get("/log/checkpoint/<int:size>")
@anyone
@limited("log")
def log_earlier_checkpoint(size: int) -> Response:
    """Give the head that was signed at a size."""
    found = queries.head_of(size)
    if found is None:
        raise Refusal("not_found", 404)
    return _file(found.note.encode(), TEXT, FOREVER)


@public.get("/log/key")
@anyone
@limited("log")
def log_key() -> Response:
    """Give the public key that heads are signed with."""
    return _file(f"{signing.signer().key}\n".encode(), TEXT, PUBLISHED)


@public.get("/log/tile/<int(max=5):level>/<path:part>")
@anyone
@limited("log")
def log_tile(level: int, part: str) -> Response:
    """Give a tile, or the part of one that a tree of some size has."""
    number, wanted = _part(part)
    if width(level, number, queries.head().size) < wanted:
        raise Refusal("not_found", 404)
    hashes = store.read_tiles([TileId(level, number)]).get(TileId(level, number), b"")
    return _file(hashes[: wanted * HASH_BYTES], BYTES, FOREVER)


@public.get("/log/tile/entries/<path:part>")
@anyone
@limited("log")
def log_entries(part: str) -> Response:
    """Give up to 256 entries, each with its length in front."""
    number, wanted = _part(part)
    if width(0, number, queries.head().size) < wanted:
        raise Refusal("not_found", 404)
    start = number * WIDTH
    rows = store.read_leaves(start, start + wanted)
    return _file(bundle([entry_text(*row[1:]).encode() for row in rows]), BYTES, FOREVER)


@public.get("/log/tally/<int:campaign_id>/<int:edition>.json")
@anyone
@limited("log")
def log_tally(campaign_id: int, edition: int) -> Response:
    """Give what a tally says, and the leaf that proves it."""
    found = queries.tally(campaign_id, edition)
    text = json.dumps(_tally(found), ensure_ascii=False, indent=1)
    return _file(text.encode(), "application/json", PUBLISHED)


@public.get("/log/tally/<int:campaign_id>/<int:edition>/commitments/<path:part>")
@anyone
@limited("log")
def log_tally_commitments(campaign_id: int, edition: int, part: str) -> Response:
    """Give up to 256 of the commitments that count, in their order; the last file is shorter."""
    number, wanted = _part(part)
    queries.tally(campaign_id, edition)
    found = tallytree.commitments_tile(campaign_id, edition, number)
    if found is None or wanted != WIDTH:
        raise Refusal("not_found", 404)
    return _file(found, BYTES, FOREVER)


def _part(part: str) -> tuple[int, int]:
    found = read_path(part)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "campaign": tally.campaign_id,
        "edition": tally.edition,
        "counted": tally.counted,
        "withdrawn": tally.withdrawn,
        "excluded": tally.excluded,
        "root": tally.root.hex(),
        "leaf": tally.leaf_index,
        "made_on": clock.local_date(tally.made_at).isoformat(),
    }


def _file(body: bytes, mimetype: str, cache: str) -> Response:
    return Response(body, content_type=mimetype, headers={"Cache-Control": cache})
