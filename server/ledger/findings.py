"""What a recount found, as the text that an auditor signs and everybody can read: pure.

It holds no counts: those of small groups would tell who gave what. It holds the digest of the whole
table, by which both auditors show that they counted alike, and says whether every count that *was*
published is right.
"""

from dataclasses import dataclass

FORMAT = "ronghe-recount-v1"
NOTHING = "-"
WORDS = {True: "yes", False: "no", None: NOTHING}


class MalformedFindingError(ValueError):
    """A text is no result of a recount."""


@dataclass(frozen=True)
class Finding:
    """What a recount found.

    Attributes:
        log: the log's name.
        campaign_id: of which campaign.
        edition: of which tally.
        root: the tally's root.
        openings: how many openings there were.
        openings_digest: SHA-256 of the file of openings.
        matched: whether each opening opens its commitment, and all together are the tally.
        publication_digest: SHA-256 of the published document that was compared; None without one.
        published_right: whether all its counts are those recounted; None without one.
        counts_digest: SHA-256 of the table of counts.
    """

    log: str
    campaign_id: int
    edition: int
    root: bytes
    openings: int
    openings_digest: bytes
    matched: bool
    publication_digest: bytes | None
    published_right: bool | None
    counts_digest: bytes

    @property
    def agrees(self) -> bool:
        """Whether nothing was found that should not be."""
        return self.matched and self.published_right is not False

    def text(self) -> str:
        """Return the one text of a finding: what is signed."""
        publication = self.publication_digest.hex() if self.publication_digest else NOTHING
        return (
            f"{FORMAT}\n"
            f"log {self.log}\n"
            f"campaign {self.campaign_id}\n"
            f"edition {self.edition}\n"
            f"root {self.root.hex()}\n"
            f"openings {self.openings}\n"
            f"openings-digest {self.openings_digest.hex()}\n"
            f"matched {WORDS[self.matched]}\n"
            f"publication {publication}\n"
            f"published-counts {WORDS[self.published_right]}\n"
            f"counts-digest {self.counts_digest.hex()}\n"
        )


def read_finding(text: str) -> Finding:
    """Read a finding back; only the very text that one writes is one."""
    first, *lines = text.removesuffix("\n").split("\n")
    truth = {word: value for value, word in WORDS.items()}
    try:
        values = dict(line.split(" ", 1) for line in lines)
        publication = values["publication"]
        found = Finding(
            log=values["log"],
            campaign_id=int(values["campaign"]),
            edition=int(values["edition"]),
            root=bytes.fromhex(values["root"]),
            openings=int(values["openings"]),
            openings_digest=bytes.fromhex(values["openings-digest"]),
            matched=truth[values["matched"]] is True,
            publication_digest=None if publication == NOTHING else bytes.fromhex(publication),
            published_right=truth[values["published-counts"]],
            counts_digest=bytes.fromhex(values["counts-digest"]),
        )
    except (KeyError, ValueError) as error:
        raise MalformedFindingError(first) from error
    if found.text() != text:
        raise MalformedFindingError(first)
    return found
