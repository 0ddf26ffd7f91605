"""Made-up frames of the four panels, and a draw from each."""

import random
from collections.abc import Iterator
from datetime import datetime

from server.core.access import SYSTEM
from server.sampling import service
from server.sampling.models import SampleDraw
from server.sampling.persons import Contact
from server.sampling.rules import PANEL_LABELS, Panel

SEED = 20262
# Persons of each frame, its strata columns and their categories.
FRAMES: dict[Panel, tuple[int, dict[str, tuple[str, ...]]]] = {
    Panel.DEPUTIES: (180, {"身份": ("党代表", "人大代表", "政协委员")}),
    Panel.OFFICIALS: (420, {"层级": ("市级机关", "区县机关")}),
    Panel.ENTERPRISES: (600, {"规模": ("大中型", "小型", "微型")}),
    Panel.RESIDENTS: (
        2400,
        {"区县": ("江东区", "江西区", "青岭县"), "年龄": ("18至40岁", "41至60岁", "60岁以上")},
    ),
}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂兰华玲"
MARGIN, RESERVE, DEPARTMENTS = "0.08", "0.2", 8


def make_demo_draws(campaign_id: int, *, now: datetime) -> list[SampleDraw]:
    """Import a frame of each panel and draw from it for a campaign that takes ratings."""
    draw = random.Random(SEED)  # noqa: S311 made-up persons that must be the same every time
    made = []
    for panel, (size, dimensions) in FRAMES.items():
        frame = service.add_frame(
            panel,
            f"{PANEL_LABELS[panel]}样本库（演示数据）",
            list(dimensions),
            _units(draw, size, dimensions),
            actor=SYSTEM,
            now=now,
        )
        made.append(
            service.draw_sample(
                campaign_id,
                frame.id,
                margin=MARGIN,
                reserve_share=RESERVE,
                departments_each=DEPARTMENTS,
                seed=f"{SEED}-{panel.value}",
                actor=SYSTEM,
                now=now,
            )
        )
    return made


def _units(
    draw: random.Random, size: int, dimensions: dict[str, tuple[str, ...]]
) -> Iterator[tuple[Contact, list[str]]]:
    for _ in range(size):
        name = draw.choice(SURNAMES) + "".join(draw.choices(GIVEN, k=draw.randint(1, 2)))
        # Numbers of no network: nobody gets a message of the demo city's.
        telephone = f"100{draw.randrange(10**8):08}"
        categories = [draw.choice(choices) for choices in dimensions.values()]
        yield Contact(name, telephone, ""), categories
