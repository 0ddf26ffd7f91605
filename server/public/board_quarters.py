"""The board's quarters (一季一晾晒): published editions as pages and as open data.

What is sent is the same for everybody, so each process keeps the bytes: an edition's own for good,
and which edition is the newest for some seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, json, render_template, request, url_for
from marshmallow import ValidationError

from server.core.access import anyone
from server.core.errors import Refusal
from server.core.keeping import kept, kept_a_moment
from server.core.limits import enforce, limited
from server.core.text import clean
from server.public.blueprint import public
from server.public.rendering import PUBLISHED, WORDS, page, public_office
from server.quarterly import answers, exports, queries, tables
from server.quarterly.differences import changes
from server.quarterly.queries import Edition
from server.quarterly.rules import MEASURE_LABELS, RATES, Measure, quarter_label

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# How long a process goes on without asking which edition is the newest; browsers keep a page for
# a minute.
SECONDS = 5.0
LARGEST_EDITION = 2**15 - 1
LONGEST_EDITION = 5
MOST_CHANGES = 500
QUARTER_WORDS = {
    "measure_labels": {measure.value: label for measure, label in MEASURE_LABELS.items()},
    "measures": [measure.value for measure in Measure],
    "rates": [(measure.value, part, label) for measure, part, label in RATES],
    "rate": tables.rate,
    "quarter_label": quarter_label,
}


@dataclass(frozen=True)
class Kept:
    """An answer's bytes, its type, and the tag by which a browser asks whether it still stands."""

    body: bytes
    mimetype: str
    tag: str
    name: str = ""


@public.get("/board/quarters")
@anyone
@limited("read")
def board_quarters() -> Response:
    """List the published quarters."""
    return page(
        "board_quarters",
        cache=PUBLISHED,
        quarters=queries.published_quarters(),
        quarter_label=quarter_label,
    )


@public.get("/board/quarters.json")
@anyone
@limited("read")
def board_quarters_json() -> Response:
    """List the published quarters as JSON, in the form of the API."""
    items = [answers.listed(one) for one in queries.published_quarters()]
    return _plain(json.dumps({"items": items}, ensure_ascii=False, indent=1))


@public.get("/board/quarters.schema.json")
@anyone
@limited("read")
def board_quarters_schema() -> Response:
    """Describe the columns of the CSV files."""
    return _plain(json.dumps(exports.schema(), ensure_ascii=False, indent=1))


@public.get("/board/quarters/<quarter>")
@anyone
def board_quarter(quarter: str) -> Response:
    """Show an edition: groups of comparable departments, scores with intervals, cases."""
    return _sent("html", quarter, _rendered)


@public.get("/board/quarters/<quarter>.json")
@anyone
def board_quarter_json(quarter: str) -> Response:
    """Give an edition as JSON, in the form of the API."""

    def make(found: Edition) -> Kept:
        body = answers.quarter(found, queries.published_editions(quarter))
        text = json.dumps(body, ensure_ascii=False, indent=1)
        return Kept(text.encode(), "application/json", _tag(found), _name(found, "json"))

    return _sent("json", quarter, make)


@public.get("/board/quarters/<quarter>/document.json")
@anyone
def board_quarter_document(quarter: str) -> Response:
    """Give the document in its canonical bytes, whose SHA-256 is the edition's digest."""

    def make(found: Edition) -> Kept:
        body = exports.canonical_bytes(found)
        name = _name(found, "document.json")
        return Kept(body, "application/json", found.digest.hex(), name)

    return _sent("document", quarter, make)


@public.get("/board/quarters/<quarter>.csv")
@anyone
def board_quarter_csv(quarter: str) -> Response:
    """Give an edition's figures as open data, one a row."""

    def make(found: Edition) -> Kept:
        body = exports.as_csv(found).encode()
        return Kept(body, "text/csv", found.digest.hex(), _name(found, "csv"))

    return _sent("csv", quarter, make)


@public.get("/board/quarters/<quarter>.xlsx")
@anyone
def board_quarter_workbook(quarter: str) -> Response:
    """Give an edition as a workbook with charts."""
    return _sent("xlsx", quarter, _file(exports.as_workbook, XLSX, "xlsx"))


@public.get("/board/quarters/<quarter>.docx")
@anyone
def board_quarter_pages(quarter: str) -> Response:
    """Give an edition as pages to print."""
    return _sent("docx", quarter, _file(exports.as_document, DOCX, "docx"))


@public.get("/board/quarters/<quarter>/changes")
@anyone
@limited("read")
def board_quarter_changes(quarter: str) -> Response:
    """Show what an edition changed against the one before, figure by figure, and why."""
    found = queries.published_edition(quarter, _edition_asked())
    editions = queries.published_editions(quarter)
    before = next((one for one in editions if one.edition < found.edition), None)
    if before is None:
        raise Refusal("quarter_not_published", 404)
    every = changes(before.document, found.document)
    return page(
        "board_quarter_changes",
        cache=PUBLISHED,
        edition=found,
        before=before,
        changes=every[:MOST_CHANGES],
        more=max(0, len(every) - MOST_CHANGES),
        quarter_label=quarter_label,
    )


def _sent(kind: str, quarter: str, make: Callable[[Edition], Kept]) -> Response:
    """Send what was kept, or tell the browser that its own still stands.

    What is kept costs no more than a style sheet; only asking the database is counted and limited.
    """
    asked = _edition_asked()

    def find() -> Kept:
        enforce("read")
        found = queries.published_edition(quarter, asked)
        editions = queries.published_editions(quarter)
        return kept(
            ("quarter", kind, found, *editions, *public_office().items()), lambda: make(found)
        )

    answer = kept_a_moment(("quarter", kind, quarter, asked), find, seconds=SECONDS)
    response = Response(answer.body, mimetype=answer.mimetype)
    response.headers["Cache-Control"] = PUBLISHED
    response.headers["ETag"] = f'"{answer.tag}"'
    if answer.name:
        response.headers["Content-Disposition"] = f'attachment; filename="{answer.name}"'
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response


def _rendered(found: Edition) -> Kept:
    editions = queries.published_editions(found.quarter)
    text = render_template(
        "public/board_quarter.html",
        **WORDS,
        **QUARTER_WORDS,
        office=public_office(),
        edition=found,
        editions=editions,
        document=found.document,
        older=None if found.edition == editions[0].edition else found.edition,
        path=url_for("public.board_quarter", quarter=found.quarter),
    )
    return Kept(text.encode(), "text/html", _tag(found))


def _file(build: Callable[[Edition], bytes], mimetype: str, ending: str) -> Callable[..., Kept]:
    def make(found: Edition) -> Kept:
        return Kept(build(found), mimetype, _tag(found), _name(found, ending))

    return make


def _tag(found: Edition) -> str:
    """Return what changes with the page: the figures, and what was published since."""
    newest = queries.published_editions(found.quarter)[0]
    office = exports.fingerprint(public_office())
    return f"{found.digest.hex()[:24]}-{newest.edition}-{office}"


def _name(found: Edition, ending: str) -> str:
    return f"quarter-{found.quarter}-{found.edition}.{ending}"


def _edition_asked() -> int | None:
    try:
        asked = clean(request.args.get("edition", ""))
    except ValidationError as error:
        raise Refusal("quarter_not_published", 404) from error
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or len(asked) > LONGEST_EDITION:
        raise Refusal("quarter_not_published", 404)
    return min(int(asked), LARGEST_EDITION)


def _plain(text: str) -> Response:
    response = Response(text, mimetype="application/json")
    response.headers["Cache-Control"] = PUBLISHED
    return response
