"""Recounts a tally from its sealed openings: what an auditor does at home, without the server.

Each opening must open its commitment, and the commitments must be those whose root stands in the
tally's leaf, which the signed head proves: then these are the ratings that count, all of them and
no other. Their levels are counted, and held against what was published.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from server.ledger.faults import Fault, Kind
from server.ledger.files import PublicFiles, bundle_path, cut_bundle, read_tiles
from server.ledger.findings import Finding
from server.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from server.ledger.openings import (
    Header,
    Opened,
    OpeningsError,
    Rated,
    read_header,
    read_line,
    read_opening,
)
from server.ledger.rules import Event, MalformedEntryError, TallyBody, read_entry, read_tally_body
from server.ledger.tallyroot import UnsortedError, root_over
from server.ledger.tiles import WIDTH, range_hashes
from server.ledger.tree import ProofError, check_inclusion, inclusion_ranges, leaf_hash

# Department, channel, place (0 is the overall level), level.
CountKey = tuple[int, int, int, int]
COLUMNS = "department,channel,place,level,count"
MOST_NAMED = 20
LEVELS = (5, 4, 3, 2, 1)
UNKNOWN = 0


@dataclass
class Recount:
    """What was counted, and all that is wrong."""

    finding: Finding
    counts: Counter[CountKey]
    faults: list[Fault] = field(default_factory=list)

    def table(self) -> str:
        """Return all counts as CSV, in their one order."""
        return table(self.counts)


class NoTallyError(Exception):
    """The log does not prove the tally; the message is a Chinese sentence."""


def recount(
    path: Path,
    files: PublicFiles,
    key: VerifierKey,
    *,
    document: bytes | None = None,
    channels: Mapping[str, int] | None = None,
) -> Recount:
    """Recount a file of openings.

    Args:
        path: the file.
        files: the log's public files.
        key: whose head is believed.
        document: the published document, byte for byte, to hold the counts against.
        channels: the numbers of the document's channels.

    Raises:
        NoTallyError: the log doesn't prove the tally that the file names.
        OpeningsError: the file is not one of openings.
        FileUnavailableError: a public file could not be read.
    """
    counts: Counter[CountKey] = Counter()
    faults: list[Fault] = []
    with path.open(encoding="ascii") as lines:
        header = read_header(lines.readline())
        tally = proven_tally(files, key, header)
        # All of the file is read once: counted, and made into the root, at the same time.
        try:
            number, root = root_over(_counted(lines, header, counts, faults))
        except UnsortedError as error:
            message = "the openings are not in the order of their commitments"
            raise OpeningsError(message) from error
    if (number, root) != (tally.counted, tally.root):
        text = f"文件里的 {number} 份评价不是日志合计的 {tally.counted} 份。"
        faults.append(Fault(Kind.TALLY, text))
    wrong: list[Fault] = []
    if document is not None:
        wrong += published_faults(json.loads(document), header, counts, channels or {})
    finding = Finding(
        log=key.name,
        campaign_id=header.campaign_id,
        edition=header.edition,
        root=tally.root,
        openings=number,
        openings_digest=digest_of(path),
        matched=not faults,
        publication_digest=None if document is None else sha256(document).digest(),
        published_right=None if document is None else not wrong,
        counts_digest=sha256(table(counts).encode()).digest(),
    )
    return Recount(finding, counts, [*faults, *wrong])


def digest_of(path: Path) -> bytes:
    """Return a file's SHA-256."""
    found = sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.digest()


def table(counts: Mapping[CountKey, int]) -> str:
    """Return counts as CSV, in their one order."""
    rows = [",".join(map(str, (*key, counts[key]))) for key in sorted(counts)]
    return "\n".join([COLUMNS, *rows]) + "\n"


def proven_tally(files: PublicFiles, key: VerifierKey, header: Header) -> TallyBody:
    """Return what the log says of a tally; its leaf must be proven by the signed head."""
    try:
        head = open_checkpoint(files.read("checkpoint").decode("utf-8", "replace"), key)
    except NoteError as error:
        message = "日志头的签名与所用的公钥不符。"
        raise NoTallyError(message) from error
    told = json.loads(files.read(f"tally/{header.campaign_id}/{header.edition}.json"))
    entry = _proven_entry(files, head, int(told["leaf"]))
    try:
        found = read_entry(entry.decode("ascii"))
        body = read_tally_body(found.body or "")
    except (MalformedEntryError, UnicodeDecodeError) as error:
        message = "日志里的这一条不是合计。"
        raise NoTallyError(message) from error
    named = (header.campaign_id, header.edition, header.root)
    if found.event is not Event.TALLIED or (found.campaign_id, body.edition, body.root) != named:
        message = "文件写明的合计与日志公布的不是同一个。"
        raise NoTallyError(message)
    return body


def _proven_entry(files: PublicFiles, head: Checkpoint, index: int) -> bytes:
    if not 0 <= index < head.size:
        message = "合计还没有写入签名的日志，请稍后再取公开文件。"
        raise NoTallyError(message)
    number, place = divmod(index, WIDTH)
    entries = cut_bundle(files.read(bundle_path(number, head.size)))
    entry = entries[place] if place < len(entries) else b""
    path = range_hashes(
        inclusion_ranges(index, head.size), lambda ids: read_tiles(files, head.size, ids)
    )
    try:
        check_inclusion(index, head.size, leaf_hash(entry), path, head.root)
    except ProofError as error:
        message = "合计不在签名的日志里。"
        raise NoTallyError(message) from error
    return entry


def _counted(
    lines: Iterator[str], header: Header, counts: Counter[CountKey], faults: list[Fault]
) -> Iterator[bytes]:
    for number, line in enumerate(lines, 2):
        opened = read_line(line)
        rated = read_opening(opened.text)
        text = _wrong(opened, rated, header)
        if text and len(faults) < MOST_NAMED:
            faults.append(Fault(Kind.TALLY, f"第 {number} 行{text}"))
        for place, level in enumerate((rated.overall, *rated.levels)):
            counts[rated.department_id, rated.channel, place, level] += 1
        yield opened.commitment


def _wrong(opened: Opened, rated: Rated, header: Header) -> str:
    if not opened.holds:
        return "打不开它的承诺：内容被改动过。"
    if rated.campaign_id != header.campaign_id:
        return "是另一个活动的评价。"
    return ""


def published_faults(
    document: Mapping[str, Any],
    header: Header,
    counts: Mapping[CountKey, int],
    channels: Mapping[str, int],
) -> Iterator[Fault]:
    """Hold every count of a published document against those recounted."""
    if document["campaign"]["id"] != header.campaign_id:
        yield Fault(Kind.ALTERED, "公布文件是另一个活动的。")
        return
    for department in document["departments"]:
        for place, group in _published(department):
            if group.get("withheld"):
                continue
            where = (department["id"], channels[group["channel"]], place)
            if not _is_right(group, {level: counts.get((*where, level), 0) for level in range(6)}):
                name = f"{department['name']}（{group['channel']}，第 {place} 项）"
                yield Fault(Kind.ALTERED, f"{name}公布的数字与重新计数的不同。")


def _published(department: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for group in department["channels"]:
        yield 0, group
    for place, leaf in enumerate(department["leaves"], 1):
        for group in leaf["channels"]:
            yield place, group


def _is_right(group: Mapping[str, Any], counted: Mapping[int, int]) -> bool:
    known = sum(counted[level] for level in LEVELS)
    if "distribution" in group:
        spread = {int(level): number for level, number in group["distribution"].items()}
        return group["count"] == known and spread == {level: counted[level] for level in LEVELS}
    return (group["count"], group["unknown"]) == (known, counted[UNKNOWN])
