"""What every paper of an edition says: title, document line, notes, signature line, proof. Pure."""

from dataclasses import dataclass
from datetime import date

from server.core import clock
from server.quarterly.queries import Edition
from server.quarterly.rules import paper_label, read_quarter


@dataclass(frozen=True)
class Paper:
    """The parts around the tables; ``proof`` are digest and the log's signed head."""

    title: str
    line: str
    notes: tuple[str, ...]
    signature: tuple[str, ...]
    proof: tuple[str, ...]


def paper_of(edition: Edition, office: str) -> Paper:
    """Return what an edition's files say besides its tables."""
    quarter = read_quarter(edition.quarter)
    document = edition.document
    smallest = document["smallest_group"]
    published = edition.published_at
    day = "（尚未公布）" if published is None else clock.chinese_day(published)
    return Paper(
        title=f"{paper_label(edition.quarter)}群众评价情况通报",
        line=f"〔{quarter.year}〕第 {quarter.number} 季度　第 {edition.edition} 版",
        notes=(
            f"一、数据截至 {clock.chinese_day(date.fromisoformat(document['as_of']))}，"
            "评价结果取自各活动已公布的版本："
            + "；".join(
                f"{one['title']}（第 {one['version']} 版）" for one in document["campaigns"]
            )
            + "。",
            "二、部门按规模和性质分组，只在组内比较；分数附区间，名次只有区间，区间重叠的不分先后。",
            (
                f"三、少于 {smallest} 的数字，以及能推算出它们的数字，不公布；"
                "未公布群体的评价所挂的差评件不计入。"
            ),
            (
                "四、按时销号率以已到期的件数为分母，回访率以实名差评数为分母，"
                "整改满意率以群众追评数为分母。"
            ),
            *([f"五、本版说明：{edition.note}"] if edition.note else []),
        ),
        signature=(office or "评价办公室", day),
        proof=(
            f"公布文件校验码（SHA-256）：{edition.digest.hex()}",
            *(
                ["公布时评价日志的签名树头：", *edition.checkpoint.strip().splitlines()]
                if edition.checkpoint
                else []
            ),
        ),
    )
