"""Tables of organisations, members, accounts, grants and invitations."""

from datetime import date, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.access import Role
from server.core.database import Entity
from server.identity.rules import OrganisationKind


def _one_of(column: str, values: type[Role] | type[OrganisationKind]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Organisation(Entity):
    """A node of the tree; ``path`` holds the ids from the root, each followed by a dot."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    short_name: Mapped[str] = mapped_column(sa.Text, default="")
    aliases: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    duties: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    sort_key: Mapped[str] = mapped_column(sa.Text(collation="C"))
    search_key: Mapped[str] = mapped_column(sa.Text(collation="C"))
    path: Mapped[str] = mapped_column(sa.Text(collation="C"), index=True)
    enterprise_facing: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)

    parent: Mapped["Organisation | None"] = relationship(remote_side="Organisation.id")

    __table_args__ = (
        sa.UniqueConstraint("parent_id", "name", name="uq_organisation_name"),
        sa.CheckConstraint(_one_of("kind", OrganisationKind), name="kind"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        sa.Index("ix_organisation_order", "sort_key", "id"),
    )


class Member(Entity):
    """A person on the phone. The openid is sealed; only its keyed hash can be looked up."""

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    openid_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    openid_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    privacy_version: Mapped[str | None] = mapped_column(sa.Text)
    joined_on: Mapped[date] = mapped_column(sa.Date)


class Account(Entity):
    """A person at the desk. ``session_epoch`` rises to end every open session."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(sa.Text)
    display_name: Mapped[str] = mapped_column(sa.Text)
    password_hash: Mapped[str] = mapped_column(sa.Text)
    must_change_password: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    session_epoch: Mapped[int] = mapped_column(sa.Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    grants: Mapped[list["RoleGrant"]] = relationship(back_populates="account", lazy="raise")

    __table_args__ = (
        sa.Index("uq_account_name", sa.text("lower(name)"), unique=True),
        sa.CheckConstraint("name ~ '^[A-Za-z0-9._-]{2,40}$'", name="name_form"),
    )


class RoleGrant(Entity):
    """A role of a member or an account in an organisation; it reaches down that one's tree."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(sa.Text)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    granted_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    granted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    account: Mapped[Account | None] = relationship(back_populates="grants")
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    __table_args__ = (
        sa.UniqueConstraint(
            "member_id",
            "account_id",
            "role",
            "organisation_id",
            name="uq_role_grant",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("num_nonnulls(member_id, account_id) = 1", name="one_holder"),
        sa.CheckConstraint(_one_of("role", Role), name="role"),
        sa.Index("ix_role_grant_account", "account_id"),
    )


class Invitation(Entity):
    """A one-time code that grants a role on the phone. Only the code's keyed hash is kept.

    With ``hands_over_from`` it is a hand-over: who redeems it takes the place of the
    representative whose grant had this number. It is no foreign key, because the code must stay
    a hand-over when that grant is gone, and be refused.
    """

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    role: Mapped[str] = mapped_column(sa.Text)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    redeemed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    hands_over_from: Mapped[int | None] = mapped_column(sa.Integer)

    organisation: Mapped[Organisation] = relationship(lazy="joined")

    __table_args__ = (
        sa.CheckConstraint(_one_of("role", Role), name="role"),
        sa.Index(
            "uq_invitation_hand_over",
            "hands_over_from",
            unique=True,
            postgresql_where=sa.text("redeemed_at IS NULL AND revoked_at IS NULL"),
        ),
    )


class AccountPhone(Entity):
    """That a member's phone is an official's own: with it the desk's everyday steps can be done."""

    __tablename__ = "account_phone"

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("member.id", ondelete="CASCADE"), unique=True
    )
    linked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class PhoneCode(Entity):
    """A one-time code, shown at the desk, that links the phone on which it is entered."""

    __tablename__ = "phone_code"

    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Delegation(Entity):
    """A delegate stands in for an official on leave, from a day to a day, with the same roles."""

    __tablename__ = "delegation"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    delegate_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    begins_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("delegate_id <> account_id", name="two_persons"),
        sa.CheckConstraint("begins_on <= ends_on", name="days"),
    )
