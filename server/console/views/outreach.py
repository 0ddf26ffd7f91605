"""The sample survey after its draw: who is to be written to, and how many have answered."""

from typing import Any

from flask import render_template, request

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.campaigns.service import require_office
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, Lines
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.sampling import outreach, queries, responses
from server.sampling.outreach_rules import (
    FAULT_LABELS,
    OCCASION_LABELS,
    REMINDER_PAUSE,
)
from server.sampling.queries import SampleDraw
from server.sampling.rules import (
    PANEL_LABELS,
    WAY_LABELS,
    DispatchState,
    LetterState,
    Panel,
    Way,
    cell_label,
)
from server.settings import queries as settings
from server.settings.rules import REMINDER_ROUNDS
from server.sms.platform import current_sms

CELLS_SHOWN = 50
DAYS_SHOWN = 60
LETTER_STATE_LABELS = {
    LetterState.WAITING: "制作中",
    LetterState.READY: "可下载",
    LetterState.FAILED: "制作失败",
    LetterState.GONE: "文件已删除",
}


class RefusalsSchema(FormSchema):
    """Numbers of the frame, one a line or parted by commas."""

    numbers = Lines(required=True)


@console.get("/outreach")
@requires(Role.OFFICE)
def list_outreach() -> str:
    """List the campaigns that have a sample."""
    q = searched()
    found = outreach.campaign_page(q=q, cursor=request.args.get("cursor"))
    return page("outreach_list", campaigns=found, q=q)


@console.get("/campaigns/<int:campaign_id>/outreach")
@requires(Role.OFFICE)
def show_responses(campaign_id: int) -> str:
    """Show a campaign's response rates by panel and cell, and day by day."""
    campaign = campaigns.campaign(campaign_id)
    require_office(campaigns.department_paths(campaign_id), current_actor())
    rates = responses.response_rates(campaign_id)
    cells = page_after(
        [rate for rate in rates if rate.cell is not None],
        lambda rate: rate.cell,
        request.args.get("cursor"),
        CELLS_SHOWN,
    )
    return page(
        "outreach_responses",
        campaign=campaign,
        draws=[
            (draw, outreach.rounds(draw.id), outreach.printed_letters(draw.id))
            for draw in queries.draws(campaign_id)
        ],
        panels=[rate for rate in rates if rate.cell is None],
        cells=cells,
        days=_days(campaign_id),
        panel_labels=PANEL_LABELS,
        labels=OCCASION_LABELS,
        cell_label=cell_label,
    )


def _days(campaign_id: int) -> list[tuple[Any, dict[str, tuple[int, int]]]]:
    """Return the latest days first, each with asked and answered by panel."""
    found: dict[Any, dict[str, tuple[int, int]]] = {}
    for day, panel, asked, answered in responses.daily(campaign_id):
        found.setdefault(day, {})[panel.value] = (asked, answered)
    return sorted(found.items(), reverse=True)[:DAYS_SHOWN]


def reached_draw(draw_id: int) -> SampleDraw:
    """Return a draw of a campaign that the signed-in office reaches."""
    draw = queries.draw(draw_id)
    require_office(campaigns.department_paths(draw.campaign_id), current_actor())
    return draw


@console.get("/draws/<int:draw_id>/outreach")
@requires(Role.OFFICE)
def show_outreach(draw_id: int) -> str:
    """Show what was sent of a draw, what failed, letters, and which cells lack answers."""
    draw = reached_draw(draw_id)
    if request.headers.get("HX-Request") and request.args.get("part") == "progress":
        return render_template("console/partials/outreach_progress.html", **_progress(draw))
    return draw_page(draw, Form(RefusalsSchema()))


def draw_page(draw: SampleDraw, form: Form) -> str:
    """Return the page of a draw; ``form`` takes who refused."""
    return page("outreach", form=form, **_progress(draw), **_steps(draw), **_letters(draw))


def _progress(draw: SampleDraw) -> dict[str, Any]:
    rounds = outreach.rounds(draw.id)
    runs = outreach.letter_runs(draw.id, cursor=None, limit=1).items
    making = any(run.state == LetterState.WAITING for run in runs)
    return {
        "draw": draw,
        "rounds": rounds,
        "busy": making or any(one.busy for one in rounds),
        "states": DispatchState,
        "ways": Way,
        "way_labels": WAY_LABELS,
        "labels": OCCASION_LABELS,
        "failures": outreach.failures(draw.id),
        "fault_labels": FAULT_LABELS,
        "homeless": outreach.without_address(draw.id),
        "may_send": _may_send(draw),
    }


def _may_send(draw: SampleDraw) -> bool:
    campaign = campaigns.campaign(draw.campaign_id)
    running = campaign.state == CampaignState.OPEN and campaign.closes_at > clock.now()
    return running and draw.links_sealed is not None


def _steps(draw: SampleDraw) -> dict[str, Any]:
    number, _ = outreach.reminders_of(draw.id)
    standings = outreach.standings(draw, clock.today())
    return {
        "campaign": campaigns.campaign(draw.campaign_id),
        "panel": PANEL_LABELS[Panel(draw.panel)],
        "reminders": number,
        "most_reminders": settings.value(REMINDER_ROUNDS),
        "reminder_day": outreach.reminder_day(draw.id),
        "today": clock.today(),
        "pause": REMINDER_PAUSE.days,
        "cell_label": cell_label,
        "uninvited": outreach.uninvited(draw.id),
        "sms": current_sms(),
        "cells": page_after(
            standings, lambda one: one.number, request.args.get("cell_cursor"), CELLS_SHOWN
        ),
    }


def _letters(draw: SampleDraw) -> dict[str, Any]:
    runs = outreach.letter_runs(draw.id, cursor=request.args.get("cursor"))
    return {
        "letters_waiting": outreach.waiting_letters(draw.id),
        "runs": runs,
        "letter_states": LETTER_STATE_LABELS,
        "people": names_of(one for run in runs.items for one in (run.created_by, run.released_by)),
        "own_id": current_actor().id,
        "printed": outreach.printed_letters(draw.id),
    }
