"""Draws: planned, made once for a panel of a campaign, taken back while nothing was sent."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.campaigns.codes import codes_of_seed
from server.campaigns.queries import Campaign
from server.campaigns.rules import CampaignState, Channel
from server.core.access import Actor
from server.core.crypto import new_key, seal
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import standing_key
from server.sampling import planning, queries
from server.sampling.drawing import Drawn
from server.sampling.models import DrawnPerson, SampleCell, SampleDraw, SampleFrame
from server.sampling.planning import Plan, Terms, TooFewError, Wish
from server.sampling.queries import LINKS_KEY, LINKS_PURPOSE
from server.sampling.rules import LEAST_IN_CELL, Panel, Standing
from server.sampling.sizes import (
    CONFIDENCES,
    LEAST_EFFECT,
    LEAST_MARGIN,
    MOST_EFFECT,
    MOST_MARGIN,
    MOST_RESERVE,
)

SEED_BYTES = 16
LONGEST_SEED = 200
MOST_SKIP_DAYS = 3650
MOST_LEAST = 1000
SYSTEM_SEED, ENTERED_SEED = "system", "entered"


@dataclass(frozen=True)
class Preview:
    """A plan before its draw, and whom it passes over because they were drawn elsewhere."""

    plan: Plan
    departments: tuple[int, ...]
    skipped: tuple[int, ...]


# What a figure of a wish must be, and what is said otherwise.
FIGURES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "margin": (lambda one: LEAST_MARGIN <= one <= MOST_MARGIN, "误差须在 ±0.5% 到 ±20% 之间。"),
    "confidence": (lambda one: one in CONFIDENCES, "置信度请选择 90%、95% 或 99%。"),
    "design_effect": (
        lambda one: LEAST_EFFECT <= one <= MOST_EFFECT,
        "设计效应须在 1 到 10 之间。",
    ),
    "reserve_share": (lambda one: 0 <= one <= MOST_RESERVE, "备用比例须在 0 到 300% 之间。"),
    "least": (
        lambda one: LEAST_IN_CELL <= one <= MOST_LEAST,
        f"每层至少 {LEAST_IN_CELL} 人，至多 {MOST_LEAST} 人。",
    ),
}


def fault_of(name: str, figure: Decimal | int) -> str:
    """Return what is wrong with one of a wish's figures, or nothing."""
    fits, message = FIGURES[name]
    return "" if fits(figure) else message


def wish_of(
    *,
    margin: Decimal | float | str,
    confidence: Decimal | float | str,
    design_effect: Decimal | float | str,
    reserve_share: Decimal | float | str,
    departments_each: int,
    least: int = LEAST_IN_CELL,
) -> Wish:
    """Return what the office asks of a draw, or refuse what can't be, all of it at once."""
    wish = Wish(
        Decimal(str(margin)),
        Decimal(str(confidence)),
        Decimal(str(design_effect)),
        Decimal(str(reserve_share)),
        departments_each,
        least,
    )
    errors = [
        {"field": name, "message": message}
        for name in FIGURES
        if (message := fault_of(name, getattr(wish, name)))
    ]
    if errors:
        raise InvalidInput(errors)
    return wish


def preview(
    campaign_id: int,
    frame_id: int,
    wish: Wish,
    *,
    skip_days: int | None = None,
    actor: Actor,
    now: datetime,
) -> Preview:
    """Return what a draw would be: sizes and cells, nobody in them."""
    campaign = campaigns.campaign(campaign_id)
    frame = _drawable(campaign, frame_id, actor, now)
    return _preview(campaign, frame, wish, skip_days=skip_days, now=now)


def _drawable(campaign: Campaign, frame_id: int, actor: Actor, now: datetime) -> SampleFrame:
    """Return the frame, or refuse where campaign, frame or actor are not fit for a draw."""
    campaign_service.require_office(campaigns.department_paths(campaign.id), actor)
    frame = queries.frame(frame_id, actor)
    if campaign.state == CampaignState.CLOSED or campaign.closes_at <= now:
        raise Refusal("campaign_already_closed", 409)
    if int(Channel.SAMPLE) not in campaign.channels:
        raise Refusal("sample_not_offered", 409)
    if frame.erased_at is not None:
        raise Refusal("frame_erased", 409)
    if queries.draw_of_panel(campaign.id, Panel(frame.panel)) is not None:
        raise Refusal("uq_sample_draw_panel", 409)
    return frame


def _preview(
    campaign: Campaign, frame: SampleFrame, wish: Wish, *, skip_days: int | None, now: datetime
) -> Preview:
    departments = tuple(sorted(campaigns.department_ids(campaign.id)))
    if not departments:
        raise Refusal("campaign_incomplete", 409, reason="还没有选择被评部门。")
    if not 1 <= wish.departments_each <= len(departments):
        message = f"每人评价 1 至 {len(departments)} 个部门。"
        raise InvalidInput([{"field": "departments_each", "message": message}])
    skipped = _skipped(frame.id, campaign.id, skip_days, now)
    persons, free = queries.stratum_counts(frame.id, skipped)
    try:
        planned = planning.plan(frame.dimensions, persons, free, wish, len(departments))
    except TooFewError as error:
        raise _too_few(error, len(departments)) from error
    return Preview(planned, departments, skipped)


def _too_few(error: TooFewError, departments: int) -> Refusal:
    if error.eligible < LEAST_IN_CELL:
        return Refusal("sample_panel_too_small", 409, field="frame", free=error.eligible)
    enough = -(-LEAST_IN_CELL * departments // error.eligible)
    return Refusal(
        "sample_departments_too_few",
        409,
        field="departments_each",
        least=error.least,
        free=error.eligible,
        enough=enough,
    )


def _skipped(
    frame_id: int, campaign_id: int, skip_days: int | None, now: datetime
) -> tuple[int, ...]:
    """Return whom the draw passes over: drawn in another panel of the campaign, or asked lately."""
    if skip_days is not None and not 1 <= skip_days <= MOST_SKIP_DAYS:
        message = f"请填写 1 到 {MOST_SKIP_DAYS} 天。"
        raise InvalidInput([{"field": "skip_days", "message": message}])
    found = set(queries.numbers_in_campaign(frame_id, campaign_id))
    if skip_days is not None:
        lately = queries.asked_numbers(frame_id, campaign_id, days=skip_days, now=now)
        found.update(db.session.scalars(lately))
    return tuple(sorted(found))


def draw_sample(
    campaign_id: int,
    frame_id: int,
    *,
    margin: Decimal | float | str,
    confidence: Decimal | float | str = "0.95",
    design_effect: Decimal | float | str = 1,
    reserve_share: Decimal | float | str = 0,
    departments_each: int,
    least: int = LEAST_IN_CELL,
    skip_days: int | None = None,
    seed: str | None = None,
    actor: Actor,
    now: datetime,
) -> SampleDraw:
    """Draw a panel's sample for a campaign that is a draft or open, once.

    The frame's panel is the draw's; margin, confidence, design effect and the share of replacements
    are shares, not per cent. Each person gets ``departments_each`` of the campaign's departments,
    each cell ``least`` persons at least. Whom another campaign asked in ``skip_days`` days is
    passed over, nobody where None. Without a seed the system draws one. The actor's office must
    reach all the campaign's departments, and keep the frame.
    """
    wish = wish_of(
        margin=margin,
        confidence=confidence,
        design_effect=design_effect,
        reserve_share=reserve_share,
        departments_each=departments_each,
        least=least,
    )
    # Held to the end: cells are numbered over all panels, departments must stay.
    campaign = campaigns.campaign_for_update(campaign_id)
    frame = _drawable(campaign, frame_id, actor, now)
    found = _preview(campaign, frame, wish, skip_days=skip_days, now=now)
    terms = Terms(
        panel=frame.panel,
        seed=_seed(seed),
        seed_source=SYSTEM_SEED if seed is None else ENTERED_SEED,
        skip_days=skip_days,
        skipped=found.skipped,
        departments=found.departments,
        first_cell=_first_cell(campaign_id),
    )
    return _store(campaign_id, frame, wish, found.plan, terms, actor=actor, now=now)


def _seed(entered: str | None) -> str:
    if entered is None:
        return secrets.token_hex(SEED_BYTES)
    seed = " ".join(entered.split())
    if not 1 <= len(seed) <= LONGEST_SEED:
        message = f"请填写 1 到 {LONGEST_SEED} 个字。"
        raise InvalidInput([{"field": "seed", "message": message}])
    return seed


def _first_cell(campaign_id: int) -> int:
    """Return the number after those of the campaign's other panels."""
    taken = select(func.max(SampleCell.number)).where(SampleCell.campaign_id == campaign_id)
    return 1 + (db.session.scalar(taken) or 0)


def _store(
    campaign_id: int,
    frame: SampleFrame,
    wish: Wish,
    plan: Plan,
    terms: Terms,
    *,
    actor: Actor,
    now: datetime,
) -> SampleDraw:
    drawn = planning.drawn_persons(queries.strata(frame.id), plan, terms, wish.departments_each)
    about = {
        "id": frame.id,
        "name": frame.name,
        "size": frame.size,
        "digest": frame.digest.hex(),
        "dimensions": frame.dimensions,
    }
    links = new_key()
    sample = SampleDraw(
        campaign_id=campaign_id,
        frame_id=frame.id,
        panel=terms.panel,
        seed=terms.seed,
        plan=planning.document(plan, drawn, wish, terms, about),
        departments_each=wish.departments_each,
        links_sealed=seal(standing_key(LINKS_KEY), links, LINKS_PURPOSE),
        drawn_by=actor.id,
        drawn_at=now,
    )
    db.session.add(sample)
    db.session.flush()
    _store_persons(sample, drawn, codes_of_seed(links, len(drawn)))
    _record(actor, "sample.drawn", sample, now, size=plan.drawn, reserve=plan.reserve)
    return sample


def _record(actor: Actor, action: str, sample: SampleDraw, now: datetime, **more: int) -> None:
    audit.record(
        actor,
        action,
        ("sample_draw", sample.id),
        at=now,
        campaign=sample.campaign_id,
        panel=sample.panel,
        frame=sample.frame_id,
        seed=sample.seed,
        **more,
    )


def _store_persons(sample: SampleDraw, drawn: Sequence[Drawn], codes: Sequence[str]) -> None:
    db.session.execute(
        insert(SampleCell),
        [
            {
                "campaign_id": sample.campaign_id,
                "number": cell["number"],
                "draw_id": sample.id,
                "name": cell["name"],
                "population": cell["population"],
                "drawn": cell["drawn"],
            }
            for cell in sample.plan["cells"]
        ],
    )
    db.session.execute(insert(DrawnPerson), [_row(sample.id, one) for one in drawn])
    campaign_service.add_sample_links(
        sample.campaign_id, [(codes[one.place], one.cell, one.departments) for one in drawn]
    )


def _row(draw_id: int, one: Drawn) -> dict[str, object]:
    standing = Standing.RESERVE if one.is_reserve else Standing.MAIN
    return {
        "draw_id": draw_id,
        "place": one.place,
        "number": one.number,
        "cell": one.cell,
        "standing": standing.value,
        "answered": False,
    }


def delete_draw(draw_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a draw back: its campaign is a draft, and nothing of it was sent."""
    sample = queries.draw(draw_id)
    campaign = campaigns.campaign_for_update(sample.campaign_id)
    campaign_service.require_office(campaigns.department_paths(campaign.id), actor)
    if campaign.state != CampaignState.DRAFT:
        raise Refusal("sample_draw_stands", 409)
    if queries.was_sent(draw_id):
        raise Refusal("sample_draw_sent", 409)
    campaign_service.remove_sample_links(campaign.id, queries.codes_of(sample))
    _record(actor, "sample.deleted", sample, now)
    db.session.delete(sample)
    db.session.flush()
