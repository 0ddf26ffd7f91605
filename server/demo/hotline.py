"""The demo city's hotline: two exports of the past two months, imported as the office does it.

By a fixed seed, with moments of the past. The second export repeats what was answered since the
first one, so that matters have versions; it has a row that can't be read, as real ones do.
"""

import csv
import io
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from server.core.access import Actor
from server.core.clock import SHANGHAI
from server.core.transaction import transaction
from server.demo.cases import handle_new, registered_cases
from server.demo.desks import desk
from server.identity import queries as identity
from server.sources import queries, registering, service
from server.sources.queries import MatterFilter
from server.sources.rules import SourceKind
from server.sources.service.matters import TREE

SOURCE = Path(__file__).parents[2] / "config" / "demo-hotline.yaml"
SEED = 20267
NAME = "12345 热线"
OFFICE = "office1"
MATTERS = 120
DAYS = 60
# When the exports came, before the demo city is made, and on what clock.
EXPORTED = (timedelta(days=21), timedelta(days=1))
MORNING = time(8, 30)
CALLING_SECONDS, REPLYING_SECONDS = 12 * 3600, 9 * 3600
# Shares: without a department, with one that nobody knows, answered within days, and rated.
NAMELESS, UNKNOWN = 0.05, 0.12
PROMPT, PROMPT_DAYS, SLOW_DAYS = 0.8, (1, 4), (6, 17)
RATED = 0.5
# The hotline's own words beside the usual ones, and how often raters say which.
WORDS = {"一般": 3, "很不满意": 1}
RATINGS = {"非常满意": 36, "满意": 34, "一般": 14, "不满意": 11, "很不满意": 5}
HANDLED = ((0.35, "asked"), (0.7, "answered"), (1.0, "accepted"))
HEADINGS = {
    "ticket": "工单编号",
    "time": "来电时间",
    "department": "承办单位",
    "matter": "工单标题",
    "level": "满意度",
    "text": "诉求内容",
    "reply": "答复意见",
    "reply_time": "答复时间",
}
UNREADABLE = ("RX0000000000", "上周三下午", "城管局", "树枝压住了电线", "", "请尽快修剪。", "", "")

Node = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What somebody asked the hotline and got; ``named`` is the department as it was written."""

    ticket: str
    at: datetime
    department: str
    named: str
    subject: str
    text: str
    reply: str
    replied_at: datetime
    level: str

    def row(self, exported_at: datetime) -> tuple[str, ...]:
        """Return the call as an export of that moment has it."""
        answer = ("", "", "")
        if self.replied_at <= exported_at:
            answer = (self.level, self.reply, _written(self.replied_at))
        level, *said = answer
        return (self.ticket, _written(self.at), self.named, self.subject, level, self.text, *said)


def make_demo_hotline(now: datetime) -> None:
    """Register the hotline, take its two exports in, and do what the office does with them."""
    plan: Node = yaml.safe_load(SOURCE.read_text())
    draw = random.Random(SEED)  # noqa: S311 made-up calls that must be the same every time
    calls = list(_calls(draw, plan, now))
    first, second = (_morning(now - ago) for ago in EXPORTED)
    office = desk(OFFICE)
    older = {case_id for case_id, _ in registered_cases()}
    source_id = _source(plan, office, first - timedelta(hours=1))
    _import(source_id, [one.row(first) for one in calls if one.at <= first], office, first)
    _sort_out(source_id, calls, office, first + timedelta(days=1))
    news = [one.row(second) for one in calls if first < max(one.at, one.replied_at)]
    _import(source_id, [*news, UNREADABLE], office, second)
    handle_new(draw, HANDLED, older, now)


def _calls(draw: random.Random, plan: Node, now: datetime) -> Iterator[Call]:
    """Give calls with no text twice from one place, in the order of their moments."""
    asked = [(topic, call) for topic in plan["topics"] for call in topic["calls"]]
    chosen = draw.sample(list(product(asked, plan["places"])), MATTERS)
    latest = _morning(now - EXPORTED[-1])
    moments = sorted(
        latest - timedelta(days=draw.randint(1, DAYS), seconds=-draw.randint(0, CALLING_SECONDS))
        for _ in chosen
    )
    for number, (at, ((topic, (subject, text)), place)) in enumerate(
        zip(moments, chosen, strict=True), start=1
    ):
        days = PROMPT_DAYS if draw.random() < PROMPT else SLOW_DAYS
        yield Call(
            ticket=f"RX{at:%Y%m%d}{number:04d}",
            at=at,
            department=topic["department"],
            named=_named(draw, plan, topic),
            subject=subject,
            text=text.format(place=place),
            reply=draw.choice(topic["replies"]),
            replied_at=_morning(at)
            + timedelta(days=draw.randint(*days), seconds=draw.randint(0, REPLYING_SECONDS)),
            level=_level(draw),
        )


def _named(draw: random.Random, plan: Node, topic: Node) -> str:
    lot = draw.random()
    if lot < NAMELESS:
        return ""
    if lot < UNKNOWN:
        return str(draw.choice(plan["unknown"]))
    return str(topic["called"])


def _level(draw: random.Random) -> str:
    level = draw.choices(list(RATINGS), list(RATINGS.values()))[0]
    return level if draw.random() < RATED else ""


def _written(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _morning(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(SHANGHAI).date(), MORNING, SHANGHAI)


def _source(plan: Node, office: Actor, now: datetime) -> int:
    """Register the source with its mapping, and read the topic tree in."""
    tree = io.StringIO()
    rows = csv.writer(tree)
    rows.writerow(TREE)
    rows.writerows(topic["topic"] for topic in plan["topics"])
    with transaction():
        service.import_categories(tree.getvalue().encode(), actor=office, now=now)
        source = service.create_source(name=NAME, kind=SourceKind.HOTLINE, actor=office, now=now)
        service.save_mapping(
            source.id,
            columns=HEADINGS,
            levels=WORDS,
            departments={},
            actor=office,
            now=now,
        )
        return source.id


def _import(source_id: int, rows: Iterable[tuple[str, ...]], office: Actor, now: datetime) -> None:
    """Check a file and take it in, then do the jobs that follow a run.

    In transactions of their own: a run tells its progress by another connection.
    """
    file = io.StringIO()
    csv.writer(file).writerows([HEADINGS.values(), *rows])
    data = io.BytesIO(file.getvalue().encode("utf-8-sig"))
    name = f"热线工单 {now:%Y-%m-%d}.csv"
    with transaction():
        run_id = service.upload(source_id, data, name, actor=office, now=now).id
        service.start_check(run_id, actor=office, now=now)
    with transaction():
        service.work(run_id, now=now)
        service.apply_run(run_id, actor=office, now=now)
    with transaction():
        service.work(run_id, now=now)
    with transaction():
        registering.register_batch(source_id, now=now)
        registering.answer_batch(source_id, now=now)
        service.suggest_topics(source_id, service.topics())


def _sort_out(source_id: int, calls: Iterable[Call], office: Actor, now: datetime) -> None:
    """Take the suggested topics over, and assign what waits in the queue."""
    belongs = {one.ticket: one.department for one in calls}
    ids = {one.name: one.id for one in identity.rated_departments()}
    asked = MatterFilter(source_id=source_id)
    found = queries.matter_page(asked, office, cursor=None, limit=MATTERS).items
    queue: Mapping[int, list[int]] = defaultdict(list)
    for one in found:
        if one.department_id is None:
            queue[ids[belongs[one.ticket]]].append(one.id)
    with transaction():
        service.accept_suggestions([one.id for one in found], actor=office, now=now)
        for department_id, waiting in queue.items():
            service.assign(
                waiting, department_id=department_id, category_id=None, actor=office, now=now
            )
