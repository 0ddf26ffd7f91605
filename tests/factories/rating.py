"""A phone that rates: sign-in, form, receipt, submission, through the API alone."""

import base64
import io
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

JSON = dict[str, Any]


def new_receipt() -> str:
    """Draw a receipt secret as the phone does."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def key_of(receipt: str) -> str:
    """Return the Idempotency-Key of a receipt."""
    return sha256(base64.urlsafe_b64decode(receipt + "=")).hexdigest()[:32]


@dataclass
class Phone:
    """One person's phone."""

    client: FlaskClient
    token: str

    @classmethod
    def of(cls, client: FlaskClient, key: str) -> "Phone":
        """Sign in as a sandbox person."""
        answer = client.post("/api/v1/sessions", json={"code": f"sandbox:{key}:1"})
        assert answer.status_code == 201, answer.text
        return cls(client, answer.json["token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def form(self, campaign: int, department: int) -> JSON:
        answer = self.client.get(f"/api/v1/campaigns/{campaign}/departments/{department}/form")
        assert answer.status_code == 200, answer.text
        form: JSON = answer.json
        return form

    def body(self, campaign: int, department: int, level: int = 5, **more: object) -> JSON:
        leaves = self.form(campaign, department)["leaves"]
        levels = {str(leaf["id"]): level for leaf in leaves}
        return {"department": department, "overall": level, "levels": levels, **more}

    def rate(
        self,
        campaign: int,
        department: int,
        level: int = 5,
        *,
        receipt: str | None = None,
        **more: object,
    ) -> TestResponse:
        """Send a rating with every leaf at ``level``."""
        body = self.body(campaign, department, level, **more)
        return self.send(campaign, body, receipt or new_receipt())

    def send(self, campaign: int, body: object, receipt: str) -> TestResponse:
        return self.client.post(
            f"/api/v1/campaigns/{campaign}/evaluations",
            json=body,
            headers={**self.headers, "Idempotency-Key": key_of(receipt)},
        )

    def upload(self, campaign: int, data: bytes, name: str = "a.jpg") -> TestResponse:
        return self.client.post(
            f"/api/v1/campaigns/{campaign}/photos",
            data={"file": (io.BytesIO(data), name)},
            headers=self.headers,
        )
