"""What every template can use: words for codes, times in Asia/Shanghai, addresses of assets."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    url_for,
)

from server.activities.rules import (
    AGREEMENT_STATE_LABELS,
    ASPECT_LABELS,
    AUDIENCE_LABELS,
    EVIDENCE_LABELS,
    STANDING_LABELS,
    WAY_LABELS,
)
from server.activities.rules import KIND_LABELS as ACTIVITY_LABELS
from server.appeals.rules import STATE_LABELS as APPEAL_STATES
from server.attendance.rules import DOUBT_LABELS, PRESENCE_LABELS
from server.campaigns.rules import CHANNEL_LABELS, KIND_LABELS, STATE_LABELS, Channel
from server.console import menu, session
from server.console.action_words import ACTIONS
from server.console.assets import asset_url
from server.console.words import DETAILS, MARKS, SUBJECTS
from server.core import clock
from server.core.access import ROLE_LABELS
from server.core.rounding import half_up
from server.evaluation.rules import (
    COMMENT_STATE_LABELS,
    EVALUATION_STATE_LABELS,
    LEVEL_LABELS,
    REASON_LABELS,
    UNKNOWN_LABEL,
)
from server.frontline.rules import STEP_LABELS, VERDICT_LABELS
from server.identity.rules import KIND_LABELS as ORGANISATION_LABELS
from server.indicators.rules import DUTIES, method_label, plain
from server.integrity.rules import KIND_LABELS as FINDING_LABELS
from server.integrity.rules import OUTCOME_LABELS as FINDING_OUTCOMES
from server.membership.rules import (
    IMPORT_KIND_LABELS,
    IMPORT_STATE_LABELS,
    MOVE_LABELS,
    OUTCOME_LABELS,
    POST_LABELS,
)
from server.notifications import queries as notifications
from server.notifications.rules import DESK_LABELS, NOTICE_LABELS
from server.pairings.rules import STATE_LABELS as PAIRING_STATES
from server.publication.rules import REASON_LABELS as WITHHELD_LABELS
from server.publication.rules import WORDS as PUBLISHED_WORDS
from server.quarterly.rules import quarter_label
from server.rectification.rules import (
    CASE_KIND_LABELS,
    CLOSED_BY_LABELS,
    EVENT_LABELS,
    ORIGIN_LABELS,
    STAGE_LABELS,
    UNIT_LABELS,
)
from server.rectification.rules import OUTCOME_LABELS as CALLBACK_LABELS
from server.register.rules import AUDIENCE_LABELS as REGISTER_AUDIENCES
from server.register.rules import PERIOD_LABELS as REGISTER_PERIODS
from server.register.rules import STATE_LABELS as REGISTER_STATES
from server.sampling.rules import IMPORT_STATE_LABELS as FRAME_IMPORT_LABELS
from server.sampling.rules import PANEL_LABELS, cell_label
from server.scoring.rules import REASON_LABELS as NO_SCORE_LABELS
from server.scoring.rules import REASON_LABELS as SCORE_REASONS
from server.scoring.rules import RUN_STATE_LABELS as SCORE_RUN_LABELS
from server.sources.rules import KIND_LABELS as SOURCE_LABELS
from server.sources.rules import RATING_LABELS, RUN_STATE_LABELS
from server.sources.rules import REASON_LABELS as WAITING_LABELS
from server.sources.rules import WAY_LABELS as INTAKE_LABELS

LONGEST_DETAIL = 60
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HOUR_SECONDS = 3600
MINUTE_SECONDS = 60

LABELS: dict[str, Mapping[Any, str]] = {
    "action": ACTIONS,
    "activity_kind": ACTIVITY_LABELS,
    "agreement_state": AGREEMENT_STATE_LABELS,
    "appeal_state": APPEAL_STATES,
    "aspect": ASPECT_LABELS,
    "audience": AUDIENCE_LABELS,
    "subject": SUBJECTS,
    "campaign_kind": KIND_LABELS,
    "campaign_state": STATE_LABELS,
    "callback": CALLBACK_LABELS,
    "case_event": EVENT_LABELS,
    "case_kind": CASE_KIND_LABELS,
    "case_stage": STAGE_LABELS,
    "case_unit": UNIT_LABELS,
    "channel": CHANNEL_LABELS,
    "closed_by": CLOSED_BY_LABELS,
    "desk_kind": DESK_LABELS,
    "detail": DETAILS,
    "doubt": DOUBT_LABELS,
    "duty": DUTIES,
    "evidence": EVIDENCE_LABELS,
    "finding_kind": FINDING_LABELS,
    "finding_outcome": FINDING_OUTCOMES,
    "mark": MARKS,
    "presence": PRESENCE_LABELS,
    "review_step": STEP_LABELS,
    "standing": STANDING_LABELS,
    "verdict": VERDICT_LABELS,
    "way": WAY_LABELS,
    "comment_state": COMMENT_STATE_LABELS,
    "evaluation_state": EVALUATION_STATE_LABELS,
    "level": {**LEVEL_LABELS, 0: UNKNOWN_LABEL},
    "frame_import": FRAME_IMPORT_LABELS,
    "import_kind": IMPORT_KIND_LABELS,
    "import_state": IMPORT_STATE_LABELS,
    "move": MOVE_LABELS,
    "organisation_kind": ORGANISATION_LABELS,
    "no_score": NO_SCORE_LABELS,
    "notice_kind": NOTICE_LABELS,
    "origin": ORIGIN_LABELS,
    "outcome": OUTCOME_LABELS,
    "panel": PANEL_LABELS,
    "pairing_state": PAIRING_STATES,
    "post": POST_LABELS,
    "reason": REASON_LABELS,
    "publication_reason": WITHHELD_LABELS,
    "publication_word": PUBLISHED_WORDS,
    "register_audience": REGISTER_AUDIENCES,
    "register_period": REGISTER_PERIODS,
    "register_state": REGISTER_STATES,
    "role": ROLE_LABELS,
    "score_reason": SCORE_REASONS,
    "score_run": SCORE_RUN_LABELS,
    "source_kind": SOURCE_LABELS,
    "source_rating": RATING_LABELS,
    "source_reason": WAITING_LABELS,
    "source_run": RUN_STATE_LABELS,
    "source_way": INTAKE_LABELS,
}


def page(template: str, **values: Any) -> str:
    """Render one of the console's pages."""
    return render_template(f"console/pages/{template}.html", **values)


def progress(template: str, *, busy: bool, **values: Any) -> Response:
    """Render how far a job is, for the page that asks every few seconds; loaded anew at the end."""
    answer = make_response(
        render_template(f"console/partials/{template}.html", busy=busy, **values)
    )
    if not busy:
        answer.headers["HX-Refresh"] = "true"
    return answer


def label(code: Any, kind: str) -> str:
    """Return the Chinese word of a code; the code itself where there is none."""
    words = LABELS[kind]
    if kind == "channel" and isinstance(code, str):
        code = Channel[code.upper()]
    return str(words.get(code, code))


def moment(value: datetime | None, empty: str = "—") -> str:
    """Show a moment in Asia/Shanghai, to the minute."""
    return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else empty


def day(value: date | datetime | None, empty: str = "—") -> str:
    """Show a calendar day."""
    if isinstance(value, datetime):
        value = clock.local_date(value)
    return value.isoformat() if value else empty


def span(value: timedelta) -> str:
    """Show how long something takes or lasts: the two largest units."""
    seconds = max(0, int(value.total_seconds()))
    hours, minutes = seconds % 86400 // HOUR_SECONDS, seconds % HOUR_SECONDS // MINUTE_SECONDS
    if value.days > 0:
        return f"{value.days} 天 {hours} 小时" if hours else f"{value.days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分"
    return f"{minutes} 分钟" if minutes else "不到 1 分钟"


def until(value: datetime) -> str:
    """Show how long it is until a moment."""
    return span(value - clock.now())


def thousands(number: int) -> str:
    """Show a number of persons or papers with its thousands parted."""
    return f"{number:,}"


def elapsed(start: datetime, end: datetime) -> int:
    """Return how much of a period has gone by, in per cent from 0 to 100."""
    whole = (end - start).total_seconds()
    gone = (datetime.now(UTC) - start).total_seconds()
    return max(0, min(100, round(gone / whole * 100))) if whole > 0 else 100


def detail(value: Any) -> str:
    """Show a value of an audit entry: a code as its word where one is known, else short."""
    if isinstance(value, str) and UUID_TEXT.fullmatch(value):
        return value[:8]
    for words in (
        POST_LABELS,
        IMPORT_KIND_LABELS,
        ROLE_LABELS,
        KIND_LABELS,
        ORGANISATION_LABELS,
        REASON_LABELS,
        FINDING_LABELS,
        SUBJECTS,
    ):
        if isinstance(value, str) and value in words:
            return str(words[value])  # type: ignore[index]
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_DETAIL else text[:LONGEST_DETAIL] + "…"


def here(**changes: Any) -> str:
    """Return this page's address with some of its query changed; None takes a part away."""
    query = {**request.args.to_dict(), **changes}
    parts = [(name, value) for name, value in query.items() if value not in {None, ""}]
    address = url_for(str(request.endpoint), **(request.view_args or {}))
    # Not through url_for: a stranger's query may name the route's own arguments.
    return f"{address}?{urlencode(parts)}" if parts else address


def _unread_notices() -> int:
    """Return how many notices the signed-in person has not read."""
    account = session.signed_in_account()
    return notifications.desk_unread(account.id) if account else 0


def init_app(app: Flask) -> None:
    """Register filters and globals, and what the frame of each page shows."""
    for filter_ in (label, moment, day, span, until, detail, method_label):
        app.add_template_filter(filter_)
    app.add_template_filter(plain, "weight")
    app.add_template_filter(quarter_label, "quarter")
    app.add_template_filter(cell_label)
    app.add_template_filter(thousands)
    app.add_template_filter(half_up)
    app.add_template_global(elapsed)
    app.add_template_global(asset_url)
    app.add_template_global(here)

    @app.context_processor
    def _frame() -> dict[str, Any]:
        if request.blueprint != "console":
            return {}
        configuration = current_app.config["CONFIGURATION"]
        return {
            "may": menu.may,
            "menu_groups": menu.groups,
            "me": session.signed_in_account,
            "unread_notices": _unread_notices,
            "development": configuration.sandbox,
            "public_url": configuration.public_url,
        }
