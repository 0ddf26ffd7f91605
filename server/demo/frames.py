"""Made-up frames of the four panels, and a draw from each."""

import random
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from server.core.access import SYSTEM
from server.core.clock import local_date
from server.core.database import db
from server.sampling import queries, service
from server.sampling.models import Dispatch, SampleDraw
from server.sampling.outreach_rules import Fault
from server.sampling.persons import Contact
from server.sampling.rules import ASKED, PANEL_LABELS, DispatchState, Occasion, Panel, Way

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
NOT_REACHED = 0.02
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
        sample = service.draw_sample(
            campaign_id,
            frame.id,
            margin=MARGIN,
            reserve_share=RESERVE,
            departments_each=DEPARTMENTS,
            seed=f"{SEED}-{panel.value}",
            actor=SYSTEM,
            now=now,
        )
        db.session.execute(insert(Dispatch), list(_invitations(sample, local_date(now))))
        made.append(sample)
    return made


def _invitations(sample: SampleDraw, day: date) -> Iterator[dict[str, Any]]:
    """Give the invitations as if they had been sent on the first day; nothing goes out."""
    # Of its own, so that the frames stay what they were.
    draw = random.Random(f"{SEED}-{sample.id}")  # noqa: S311 made-up outcomes
    for person in queries.drawn_persons(sample.id):
        if person.standing not in ASKED:
            continue
        failed = draw.random() < NOT_REACHED
        yield {
            "id": UUID(int=draw.getrandbits(128), version=4),
            "draw_id": sample.id,
            "place": person.place,
            "way": Way.SMS.value,
            "occasion": Occasion.INVITATION.value,
            "round": 1,
            "state": (DispatchState.FAILED if failed else DispatchState.SENT).value,
            "attempts": 1,
            "reason": Fault.NUMBER.value if failed else "",
            "created_on": day,
            "sent_on": None if failed else day,
        }


def _units(
    draw: random.Random, size: int, dimensions: dict[str, tuple[str, ...]]
) -> Iterator[tuple[Contact, list[str]]]:
    for _ in range(size):
        name = draw.choice(SURNAMES) + "".join(draw.choices(GIVEN, k=draw.randint(1, 2)))
        # Numbers of no network: nobody gets a message of the demo city's.
        telephone = f"100{draw.randrange(10**8):08}"
        categories = [draw.choice(choices) for choices in dimensions.values()]
        yield Contact(name, telephone, ""), categories
