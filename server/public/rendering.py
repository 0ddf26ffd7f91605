"""How the public pages are put together: words for codes, local times, cache headers."""

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response, make_response, render_template

from server.campaigns.rules import CHANNEL_LABELS, KIND_LABELS, Channel, channel_of
from server.core import clock
from server.core.keeping import kept
from server.core.rounding import half_up
from server.evaluation.rules import LEVEL_LABELS, REASON_LABELS, UNKNOWN_LABEL
from server.public.assets import asset_url
from server.scoring.rules import REASON_LABELS as NO_SCORE_LABELS
from server.settings import queries as settings
from server.settings.rules import OFFICE_NAME, OFFICE_PHONE

PUBLISHED = "public, max-age=60"
PRIVATE = "no-store"


def moment(value: datetime) -> str:
    """Show a moment in Asia/Shanghai, to the minute."""
    return value.astimezone(clock.SHANGHAI).strftime("%Y年%-m月%-d日 %H:%M")


def day(value: date | datetime | str) -> str:
    """Show a calendar day in Asia/Shanghai."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return clock.chinese_day(value)


def share(number: int, total: int) -> str:
    """Show a part of a whole in per cent, with one place, rounded half up."""
    if not total:
        return "0.0%"
    return f"{half_up(Decimal(number) * 100 / total, 1)}%"


def points(value: Decimal | str) -> str:
    """Show a score without needless zeros."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def channel_label(code: str) -> str:
    """Return the Chinese word of a channel's name in the API."""
    return CHANNEL_LABELS[channel_of(code)]


WORDS: Mapping[str, Any] = {
    "asset_url": asset_url,
    "channel_label": channel_label,
    "channel_labels": CHANNEL_LABELS,
    "sample_channel": Channel.SAMPLE,
    "kind_labels": KIND_LABELS,
    "level_labels": LEVEL_LABELS,
    "unknown_label": UNKNOWN_LABEL,
    "reason_labels": REASON_LABELS,
    "no_score_labels": NO_SCORE_LABELS,
    "day": day,
    "moment": moment,
    "share": share,
    "points": points,
}


def page(template: str, *, status: int = 200, cache: str = PRIVATE, **values: object) -> Response:
    """Render a page with the office's name and telephone at its foot."""
    return bare_page(template, status=status, cache=cache, office=public_office(), **values)


def kept_page(template: str, key: Hashable, **values: object) -> Response:
    """Return a published page as it was rendered before, where ``key`` tells all that it shows."""
    office = public_office()
    text = kept(
        (template, key, *office.values()),
        lambda: render_template(f"public/{template}.html", **WORDS, office=office, **values),
    )
    response = make_response(text)
    response.headers["Cache-Control"] = PUBLISHED
    return response


def bare_page(
    template: str, *, status: int = 200, cache: str = PRIVATE, **values: object
) -> Response:
    """Render a page without asking the database, which may be what failed."""
    response = make_response(render_template(f"public/{template}.html", **WORDS, **values), status)
    response.headers["Cache-Control"] = cache
    return response


def public_office() -> dict[str, str]:
    """Return the office's name and telephone, which stand at the foot of a page."""
    return {"name": settings.value(OFFICE_NAME), "phone": settings.value(OFFICE_PHONE)}
