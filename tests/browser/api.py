"""The API of the running application, as a phone or a program of the office calls it."""

import json
from typing import Any
from urllib.request import Request, urlopen

from tests.browser.conftest import Live


def call(live: Live, path: str, body: object = None, **headers: str) -> dict[str, Any]:
    """Get a resource, or with a body post it; an error status raises HTTPError."""
    request = Request(  # noqa: S310 the live server on this machine
        live.base_url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers},
        method="GET" if body is None else "POST",
    )
    with urlopen(request, timeout=20) as answer:  # noqa: S310 likewise
        found: dict[str, Any] = json.loads(answer.read() or b"{}")
        return found


def office(live: Live) -> dict[str, str]:
    """Sign in as the office; return the header that says so."""
    name, password = live.account("office1")
    session = call(live, "/api/v1/office-sessions", {"name": name, "password": password})
    return {"Authorization": f"Bearer {session['token']}"}


def sign_in(live: Live, key: str) -> dict[str, str]:
    """Sign in as a sandbox person; return the header that says so."""
    session = call(live, "/api/v1/sessions", {"code": f"sandbox:{key}:test"})
    return {"Authorization": f"Bearer {session['token']}"}
