"""The floor of a web request: a Flask route that does nothing, on the settings of the real one.

It takes the very requests that the real route gets, and answers with as many bytes or so.
"""

from typing import Any

from flask import Flask

app = Flask(__name__)
ANSWER = {
    "campaign": {"id": 1, "title": "2026 年第四季度评价"},
    "department": {"id": 1, "name": "市场监督管理局"},
    "channel": "open",
    "rated_on": "2026-11-23",
}


@app.post("/api/v1/campaigns/<int:campaign_id>/evaluations")
def evaluations(campaign_id: int) -> tuple[dict[str, Any], int]:
    """Answer without looking at the request."""
    del campaign_id
    return ANSWER, 201
