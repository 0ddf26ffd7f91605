"""Follows a published log from its public files alone; whoever reads it need believe nobody.

Every entry is hashed, the tree is grown anew, and the root is held against the signed head, and at
their sizes against heads kept from before. What counts in each campaign is worked out from the
entries, and each tally's numbers and root are held against it.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.ledger.faults import Comparison, Fault, Kind, after_tally
from server.ledger.files import (
    FileUnavailableError,
    PublicFiles,
    bundle_path,
    cut_bundle,
    read_tiles,
)
from server.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from server.ledger.rules import (
    RATERS_EVENTS,
    Entry,
    Event,
    MalformedEntryError,
    TallyBody,
    read_entry,
    read_tally_body,
)
from server.ledger.tallyroot import root_over
from server.ledger.tiles import WIDTH, Growth, TileId, cut, tile_path
from server.ledger.tree import HASH_BYTES, leaf_hash


@dataclass
class CampaignWalk:
    """What the entries so far say of a campaign; commitments lie one after the other."""

    came: bytearray = field(default_factory=bytearray)
    went: list[bytes] = field(default_factory=list)
    withdrawn: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    seals_broken: int = 0
    tally: TallyBody | None = None
    after_tally: int = 0

    def take(self, entry: Entry) -> None:
        """Take in an entry."""
        if entry.commitment:
            self.came += entry.commitment
        if entry.previous:
            self.went.append(entry.previous)
        if self.tally and entry.event in RATERS_EVENTS:
            self.after_tally += 1
        if entry.event is Event.WITHDRAWN:
            self.withdrawn += 1
        elif entry.event is Event.EXCLUDED:
            self.excluded[entry.reason or ""] += 1
        elif entry.event is Event.SEAL_BROKEN:
            self.seals_broken += 1

    def live(self) -> list[bytes] | None:
        """Return what counts, sorted; None where something went that had never come."""
        found = sorted(cut(bytes(self.came)))
        for one in self.went:
            place = bisect_left(found, one)
            if place == len(found) or found[place] != one:
                return None
            del found[place]
        return found


@dataclass
class Verdict:
    """What was found: the head, what each campaign's entries say, and all that is wrong."""

    checkpoint: Checkpoint | None = None
    campaigns: dict[int, CampaignWalk] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def verify(files: PublicFiles, key: VerifierKey, *, earlier: Iterable[str] = ()) -> Verdict:
    """Check a whole log; ``earlier`` are checkpoints that were kept.

    Raises:
        FileUnavailableError: a file could not be read, so nothing can be said.
    """
    verdict = Verdict()
    checkpoint = _open(files.read("checkpoint").decode("utf-8", "replace"), key)
    if checkpoint is None:
        verdict.faults.append(Fault(Kind.SIGNATURE, "日志头的签名与所用的公钥不符。"))
        return verdict
    verdict.checkpoint = checkpoint
    watched = {checkpoint.size: checkpoint.root}
    verdict.faults += _watch(earlier, key, checkpoint, watched)
    _Walk(files, checkpoint, watched, verdict).go()
    return verdict


def _open(note: str, key: VerifierKey) -> Checkpoint | None:
    try:
        return open_checkpoint(note, key)
    except NoteError:
        return None


def _watch(
    earlier: Iterable[str], key: VerifierKey, newest: Checkpoint, watched: dict[int, bytes]
) -> Iterator[Fault]:
    for note in earlier:
        found = _open(note, key)
        if found is None:
            yield Fault(Kind.SIGNATURE, "以前保存的日志头不是用这把公钥签名的。")
        elif found.size > newest.size:
            text = f"日志变短了：以前有 {found.size} 条，现在只有 {newest.size} 条。"
            yield Fault(Kind.SHRUNK, text)
        elif watched.setdefault(found.size, found.root) != found.root:
            text = f"规模 {found.size} 有两个不同的日志头：日志分叉了。"
            yield Fault(Kind.FORK, text)


class _Walk:
    """One way through all of a log."""

    def __init__(
        self,
        files: PublicFiles,
        checkpoint: Checkpoint,
        watched: dict[int, bytes],
        verdict: Verdict,
    ) -> None:
        self._files = files
        self._size = checkpoint.size
        self._watched = watched
        self._verdict = verdict
        self._growth = Growth(0, {})
        self._comparison = Comparison()

    def go(self) -> None:
        self._meet()
        for number in range(-(-self._size // WIDTH)):
            self._bundle(number)
        self._upper(self._growth.partial())
        self._verdict.faults += self._comparison.faults()
        for campaign_id, walk in sorted(self._verdict.campaigns.items()):
            if walk.after_tally:
                self._verdict.faults.append(after_tally(campaign_id, walk.after_tally))

    def _bundle(self, number: int) -> None:
        entries = cut_bundle(self._files.read(bundle_path(number, self._size)))
        tile = TileId(0, number)
        signed = cut(read_tiles(self._files, self._size, [tile])[tile])
        expected = min(WIDTH, self._size - number * WIDTH)
        if len(signed) != expected or any(len(one) != HASH_BYTES for one in signed):
            message = f"数据块 {number} 不完整，请重新下载。"
            raise FileUnavailableError(message)
        for place, one in enumerate(signed):
            entry = entries[place] if place < len(entries) else None
            held = None if entry is None else leaf_hash(entry)
            self._comparison.see(number * WIDTH + place, held, one)
            self._growth.add(one)
            if entry is not None:
                self._entry(number * WIDTH + place, entry)
            self._meet()
        for place in range(expected, len(entries)):
            self._comparison.see(number * WIDTH + place, leaf_hash(entries[place]), None)
        self._upper(self._growth.take_full())

    def _meet(self) -> None:
        root = self._watched.get(self._growth.size)
        if root is not None and self._growth.root() != root:
            text = f"前 {self._growth.size} 条与签名的日志头不符：日志被改写过。"
            self._verdict.faults.append(Fault(Kind.HEAD, text))

    def _upper(self, tiles: Iterable[tuple[int, int, bytes]]) -> None:
        for level, number, hashes in tiles:
            path = tile_path(level, number, len(hashes) // HASH_BYTES)
            if level and self._files.read(path) != hashes:
                text = f"日志树第 {level} 层第 {number} 块与其下的条目不符。"
                self._verdict.faults.append(Fault(Kind.TILE, text))

    def _entry(self, index: int, text: bytes) -> None:
        try:
            entry = read_entry(text.decode("ascii"))
            body = read_tally_body(entry.body or "") if entry.event is Event.TALLIED else None
        except (MalformedEntryError, UnicodeDecodeError):
            fault = Fault(Kind.ALTERED, f"第 {index} 条不是规定的格式。")
            self._verdict.faults.append(fault)
            return
        campaign = self._verdict.campaigns.setdefault(entry.campaign_id, CampaignWalk())
        if body is None:
            campaign.take(entry)
            return
        self._verdict.faults += tally_faults(entry.campaign_id, campaign, body)
        self._verdict.faults += self._shown_otherwise(entry.campaign_id, body, index)
        campaign.tally = body

    def _shown_otherwise(self, campaign_id: int, body: TallyBody, leaf: int) -> Iterator[Fault]:
        """Hold what is shown of a tally against its entry."""
        shown = json.loads(self._files.read(f"tally/{campaign_id}/{body.edition}.json"))
        told = (body.counted, body.withdrawn, dict(body.excluded), body.root.hex(), leaf)
        parts = ("counted", "withdrawn", "excluded", "root", "leaf")
        if tuple(shown.get(part) for part in parts) != told:
            text = f"活动 {campaign_id} 第 {body.edition} 版合计，网页上的数字与日志不同。"
            yield Fault(Kind.TALLY, text)


def tally_faults(campaign_id: int, walk: CampaignWalk, body: TallyBody) -> Iterator[Fault]:
    """Hold a tally against the entries before it."""
    name = f"活动 {campaign_id} 第 {body.edition} 版合计"
    if body.edition != (walk.tally.edition if walk.tally else 0) + 1:
        yield Fault(Kind.TALLY, f"{name}的版次不连续。")
    live = walk.live()
    if live is None:
        yield Fault(Kind.TALLY, f"活动 {campaign_id} 有条目针对的评价不在日志里。")
        return
    if (body.counted, body.root) != root_over(live):
        text = f"{name}写明计入 {body.counted} 份，与日志中有效的 {len(live)} 份不一致。"
        yield Fault(Kind.TALLY, text)
    if body.withdrawn != walk.withdrawn:
        text = f"{name}写明撤回 {body.withdrawn} 份，日志中是 {walk.withdrawn} 份。"
        yield Fault(Kind.TALLY, text)
    if dict(body.excluded) != dict(walk.excluded):
        yield Fault(Kind.TALLY, f"{name}写明的不予采纳份数与日志不一致。")
