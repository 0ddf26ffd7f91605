"""What the sandbox's API gives out."""

from apiflask import Schema
from marshmallow import fields


class SandboxPersonSchema(Schema):
    """Somebody to sign in as in the sandbox."""

    key = fields.String(required=True, metadata={"description": "code = sandbox:<key>:<nonce>"})
    name = fields.String(required=True)
    role_label = fields.String(required=True)


class PeopleSchema(Schema):
    """The demo's people."""

    items = fields.List(fields.Nested(SandboxPersonSchema), required=True)
