"""Making an edition again from its inputs: the same inputs give the same bytes, or somebody knows.

What is compared: the stored document with its digest; the publications that the inputs name with
theirs; exact scores with those of the computation; the document made again with the stored one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.errors import Refusal
from server.publication import queries as publications
from server.publication.queries import Published
from server.quarterly import queries
from server.quarterly.document import Made, make
from server.quarterly.gathering import standing
from server.quarterly.queries import Edition
from server.scoring import canonical

Node = Mapping[str, Any]


def faults(edition: Edition) -> list[str]:
    """Return what does not hold of an edition, in Chinese; nothing where it is as it was made."""
    return list(_faults(edition))


def require_sound(edition: Edition) -> None:
    """Refuse an edition that its inputs do not give."""
    if faults(edition):
        raise Refusal("quarter_not_sound", 409)


def _faults(edition: Edition) -> Iterator[str]:
    inputs = edition.inputs
    if canonical.digest(edition.stored_document()) != edition.digest.hex():
        yield "公布文件与登记的校验码不符"
    documents: dict[int, Node] = {}
    for named in inputs["publications"]:
        found = _published(named)
        if found is None:
            yield f"活动 {named['campaign']} 第 {named['version']} 版已公布的结果不见了"
            continue
        documents[named["campaign"]] = found.document
        stated = {named["digest"], found.digest.hex(), canonical.digest(found.document)}
        if len(stated) > 1:
            yield f"活动 {named['campaign']} 第 {named['version']} 版的内容与校验码不符"
        elif standing(found) != {"level": named["level"], "errors": named["errors"]}:
            yield f"活动 {named['campaign']} 第 {named['version']} 版的得分与计算结果不符"
    if len(documents) == len(inputs["publications"]):
        again = make(inputs, documents, earlier_documents(edition)).document
        if canonical.digest(again) != edition.digest.hex():
            yield "用同样的数据重新生成，得到的公布文件不同"


def made_again(edition: Edition) -> Made:
    """Make an edition again from its inputs, to see what was withheld and why."""
    inputs = edition.inputs
    documents = {
        named["campaign"]: publications.published(named["campaign"], named["version"]).document
        for named in inputs["publications"]
    }
    return make(inputs, documents, earlier_documents(edition))


def earlier_documents(edition: Edition) -> list[Node]:
    """Return the documents of the editions that were published before, the first first."""
    found = queries.published_editions(edition.quarter)
    return [one.document for one in reversed(found) if one.edition < edition.edition]


def _published(named: Node) -> Published | None:
    try:
        return publications.published(named["campaign"], named["version"])
    except Refusal:
        return None
