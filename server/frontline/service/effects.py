"""The effect (成效检验): links for those who were served, and one rating of each person.

pseudonym = HMAC-SHA-256(key of the quarter of approval, entry, member or one-time code), 128 bits.
The key is destroyed once no link of its quarter can be used any more: then nothing joins a rating
with a person. Nothing else of the rater is stored, and of the time the day alone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from server.activities.rules import Quarter
from server.audit import service as audit
from server.core import crockford
from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.crypto import mac, seal
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import KeyMissingError, key_ring, standing_key
from server.frontline.authority import caller_of
from server.frontline.models import EffectLink, EffectRating, Entry
from server.frontline.queries import effects as queries
from server.frontline.queries import rows
from server.frontline.queries.entries import shown_entry
from server.frontline.rules import (
    CODE_LENGTH,
    CODE_PURPOSE,
    EFFECT_LIFE,
    MOST_LINKS,
    EntryState,
    LinkKind,
    effect_is_over,
    effect_key,
    is_one_line,
    last_link_day,
)
from server.identity import queries as identity
from server.membership import queries as membership
from server.wechat.platform import current_platform

LEVELS = range(1, 6)
PAGE = "packages/frontline/effect/index"


@dataclass(frozen=True)
class Links:
    """Codes as they are given out: the poster's, or one-time ones that are shown this once."""

    kind: LinkKind
    codes: tuple[str, ...]
    expires_on: date


def make_links(
    entry_id: UUID, *, kind: LinkKind, size: int = 1, actor: Actor, now: datetime
) -> Links:
    """Make ways to rate an approved entry; the poster is the same however often it is asked for.

    Refuses who is neither author nor organises for its branch nor stands above it (403), an entry
    that is not approved (409), and one whose approval is 90 days past (409).
    """
    shown_entry(entry_id, actor)
    entry = rows.entry_for_update(entry_id)
    if not queries.may_share(entry, actor):
        raise Refusal("not_allowed", 403)
    if entry.state != EntryState.APPROVED or entry.approved_at is None:
        raise Refusal("entry_not_approved", 409)
    today = local_date(now)
    if kind is LinkKind.POSTER and (known := queries.poster(entry_id)):
        if today > known.expires_on:
            raise Refusal("effect_link_over", 410)
        return Links(kind, (queries.open_code(known),), known.expires_on)
    if today > last_link_day(local_date(entry.approved_at)):
        raise Refusal("effect_too_late", 409, days=EFFECT_LIFE.days)
    number = 1 if kind is LinkKind.POSTER else size
    if not 1 <= number <= MOST_LINKS:
        raise InvalidInput([{"field": "size", "message": f"每批 1 至 {MOST_LINKS} 个。"}])
    key_ring().create(_key_name(entry))
    return _issue(entry, kind, number, actor, now)


def rate(scene: str, level: int, *, member_id: UUID | None, now: datetime) -> None:
    """Take in one person's rating of an effect.

    A poster needs a member, and knows a person by it; a one-time code stands for a person itself.
    Refuses the author and persons of the units that did the work (409; nothing is stored), a
    second rating (409), a code that is unknown (404), over (410), or without a member where one is
    needed (401).
    """
    if level not in LEVELS:
        raise InvalidInput([{"field": "level", "message": "请选择满意程度。"}])
    code = queries.code_of_scene(scene)
    link, entry = queries.usable_link(code, local_date(now))
    if member_id is not None:
        _refuse_own_work(entry, member_id)
    if link.kind == LinkKind.ONE_TIME:
        rater = b"code:" + code.encode()
    elif member_id is None:
        raise Refusal("sign_in_needed", 401)
    else:
        rater = b"member:" + member_id.bytes
    stored = db.session.scalar(
        insert(EffectRating)
        .values(
            entry_id=entry.id,
            pseudonym=mac(_key(entry), b"effect", entry.id.bytes, rater),
            level=level,
            rated_on=local_date(now),
        )
        .on_conflict_do_nothing()
        .returning(EffectRating.level)
    )
    if stored is None:
        raise Refusal("effect_already_rated", 409)


def poster_picture(scene: str, *, today: date) -> bytes:
    """Return the PNG that opens the rating page in WeChat; only posters have one."""
    code = queries.code_of_scene(scene)
    link, _ = queries.usable_link(code, today)
    if link.kind != LinkKind.POSTER:
        raise Refusal("effect_link_unknown", 404)
    return current_platform().qr_code(scene_of(code), PAGE)


def destroy_spent_keys(today: date) -> int:
    """Destroy the keys of quarters that nothing can be rated in any more. Safe to repeat."""
    over = [one for one in queries.approval_quarters() if effect_is_over(one, today)]
    for quarter in over:
        key_ring().destroy(effect_key(quarter))
    return len(over)


def scene_of(code: str) -> str:
    """Return a code as a QR code of the mini-program carries it."""
    return f"f{code}"


def address_of(code: str) -> str:
    """Return the web address of a code, as it is sent or printed."""
    base: str = current_app.config["CONFIGURATION"].public_url
    return f"{base}/effect/{crockford.shown(code)}"


def picture_address(code: str) -> str:
    """Return where a poster's picture is, relative to the site."""
    return f"/effect/{code}/poster.png"


def _issue(entry: Entry, kind: LinkKind, number: int, actor: Actor, now: datetime) -> Links:
    expires_on = local_date(now) + EFFECT_LIFE
    codes = tuple(crockford.random_code(CODE_LENGTH) for _ in range(number))
    by = caller_of(actor).id
    db.session.add_all(
        EffectLink(
            id=uuid4(),
            entry_id=entry.id,
            kind=kind.value,
            code_hash=queries.code_hash(code),
            code_sealed=seal(standing_key("codes"), code.encode(), CODE_PURPOSE)
            if kind is LinkKind.POSTER
            else None,
            expires_on=expires_on,
            created_by=by,
            created_at=now,
        )
        for code in codes
    )
    db.session.flush()
    if actor.kind is ActorKind.ACCOUNT:
        audit.record(
            actor,
            "effect_link.made",
            ("frontline_entry", entry.id),
            at=now,
            kind=kind.value,
            size=number,
        )
    return Links(kind, codes, expires_on)


def _refuse_own_work(entry: Entry, member_id: UUID) -> None:
    """Refuse the author and whoever belongs to what did the work, or to what is above or below."""
    person = membership.person_of_member(member_id)
    if person is None:
        return
    own = identity.organisation(person.branch_id).path
    units = {entry.branch_id, *rows.units([entry.id]).get(entry.id, {})}
    did_it = [unit.path for unit in identity.organisations_by_id(units)]
    if person.id == entry.person_id or any(is_one_line(own, path) for path in did_it):
        raise Refusal("effect_own_work", 409)


def _key_name(entry: Entry) -> str:
    if entry.approved_at is None:
        raise Refusal("entry_not_approved", 409)
    return effect_key(Quarter.of(local_date(entry.approved_at)))


def _key(entry: Entry) -> bytes:
    try:
        return key_ring().get(_key_name(entry))
    except KeyMissingError as error:
        raise Refusal("effect_link_over", 410) from error
