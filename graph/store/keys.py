"""API keys: made, listed, revoked, and recognised.

1. A key is `ent_<id>_<secret>`. The id finds it; of the secret, 256 random bits, the ledger keeps the SHA-256 alone, so
   a key is told once and never again.
2. A key is live until it is revoked or expires. A contributor has two live ones at most: the one in use, and the one
   that takes its place.
3. What is presented is compared in constant time, whether there is such a key or not.
4. When a key was last used is noted at most once a minute, and never waited for.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update

from graph.db import connect, reading
from graph.errors import Busy, Conflict, Full, Invalid, NotFound
from graph.models import SCOPES
from graph.store.ledger import lasting
from graph.store.transaction import CONTRIBUTOR, KEY
from graph.text import canonical, has_control, nearest, slug
from graph.time import now_us

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from graph.store.ledger import Store

PREFIX: Final = "ent"
LIVE_LIMIT: Final = 2
USE_NOTED_US: Final = 60_000_000
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH: Final = 8
_SECRET_BYTES: Final = 32
_NAME_LENGTH: Final = 500
SPELLED: Final = re.compile(f"({PREFIX}_[{_LETTERS}]{{{_ID_LENGTH}}})_[0-9a-f]+")
"""A key somewhere in a text; its group is the half that may be shown."""
_PATIENCE_S: Final = 0.02

_NAMED = select(KEY, CONTRIBUTOR.c.id.label("contributor_id"), CONTRIBUTOR.c.name).join(
    CONTRIBUTOR, CONTRIBUTOR.c.n == KEY.c.contributor
)
_PRESENTED = _NAMED.where(KEY.c.id == bindparam("id"))


class Holder(NamedTuple):
    """Who presented a key: the contributor's id, what the key is good for, the key's id."""

    contributor: str
    scopes: frozenset[str]
    key: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed, without its secret. Instants are microseconds."""

    id: str
    contributor: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None

    def live_at(self, instant: int) -> bool:
        """Whether it opens anything then."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > instant)


def create(store: Store, name: str, scopes: Iterable[str], expires: int | None = None) -> str:
    """Make a key for a contributor, recorded now if new, and tell it: it can't be told again.

    Raises Invalid, and Conflict if the contributor has two live keys.
    """
    kept = _checked(name, scopes, expires)
    id_ = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
    secret = secrets.token_hex(_SECRET_BYTES)
    contributor = slug(name, default="contributor")
    with store.write(op="key") as writer:
        standing = select(CONTRIBUTOR.c.n).where(CONTRIBUTOR.c.id == contributor, CONTRIBUTOR.c.ended.is_(None))
        if writer.first(standing) is None:
            writer.add_contributor(contributor, name.strip())
        held = writer.rows(select(KEY.c.id).join(CONTRIBUTOR).where(CONTRIBUTOR.c.id == contributor, *_live()))
        if len(held) >= LIVE_LIMIT:
            listed_ids = " and ".join(row.id for row in held)
            raise Conflict(f'"{contributor}" has two live keys, {listed_ids}: revoke one first.', held[0].id)
        made = {"id": id_, "secret": _digest(secret), "scopes": canonical(kept), "created_at": now_us()}
        n = writer.rows(standing)[0].n
        writer.connection.execute(insert(KEY).values(**made, contributor=n, expires_at=expires))
        writer.kept_outside = True
    return f"{PREFIX}_{id_}_{secret}"


def listed(store: Store) -> list[Key]:
    """List all keys, live or not, by contributor and age."""
    with reading(store.engine) as connection:
        rows = connection.execute(_NAMED.order_by(CONTRIBUTOR.c.id, KEY.c.created_at, KEY.c.id)).all()
    return [
        Key(
            row.id,
            row.contributor_id,
            row.name,
            tuple(json.loads(row.scopes)),
            row.created_at,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in rows
    ]


def any_live(store: Store) -> bool:
    """Whether anybody can write at all."""
    with reading(store.engine) as connection:
        return connection.execute(select(KEY.c.id).where(*_live()).limit(1)).first() is not None


def revoke(store: Store, id: str) -> bool:  # noqa: A002 - the product's word for it
    """End a key for good; False if it was revoked before. Raises NotFound."""
    with lasting(store.engine) as connection:
        if connection.execute(select(KEY.c.id).where(KEY.c.id == id)).first() is None:
            raise NotFound("key", id)
        still = (KEY.c.id == id, KEY.c.revoked_at.is_(None))
        return connection.execute(update(KEY).where(*still).values(revoked_at=now_us())).rowcount > 0


def authenticate(store: Store, token: str) -> Holder | None:
    """Recognise a key that was presented; None if it is none of ours, or live no longer."""
    id_, secret = _parts(token)
    with reading(store.engine) as connection:
        row = connection.execute(_PRESENTED, {"id": id_}).first()
    same = hmac.compare_digest(_digest(secret), bytes(_SECRET_BYTES) if row is None else row.secret)
    now = now_us()
    if row is None or not same or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or row.last_used_at <= now - USE_NOTED_US:
        _note_use(store, id_, now)
    return Holder(row.contributor_id, frozenset(json.loads(row.scopes)), id_)


def _note_use(store: Store, id_: str, now: int) -> None:
    """Note that a key is in use, unless others hold the ledger just now: then its next use will be noted."""
    hasty = connect(store.engine.url.render_as_string(hide_password=False), wait_s=_PATIENCE_S)
    older = or_(KEY.c.last_used_at.is_(None), KEY.c.last_used_at <= now - USE_NOTED_US)
    try:
        with suppress(Busy, Full), lasting(hasty) as connection:
            connection.execute(update(KEY).where(KEY.c.id == id_, older).values(last_used_at=now))
    finally:
        hasty.dispose()


def _live() -> tuple[ColumnElement[bool], ...]:
    return KEY.c.revoked_at.is_(None), or_(KEY.c.expires_at.is_(None), KEY.c.expires_at > now_us())


def _checked(name: str, scopes: Iterable[str], expires: int | None) -> list[str]:
    """Give the scopes in their order, each once. Raises Invalid."""
    if not name.strip() or len(name) > _NAME_LENGTH or has_control(name) or "\n" in name:
        raise Invalid.parameter("name", f"Say whose key it is, in one line of at most {_NAME_LENGTH} characters.")
    given = set(scopes)
    for scope in sorted(given - set(SCOPES)):
        near = nearest(scope, SCOPES)
        hint = f' Was "{near}" meant?' if near is not None else f" There are: {', '.join(SCOPES)}."
        raise Invalid.parameter("scope", f'There is no scope "{scope}".{hint}')
    if not given:
        raise Invalid.parameter("scope", f"A key is good for something: {', '.join(SCOPES)}.")
    if expires is not None and expires <= now_us():
        raise Invalid.parameter("expires", "This instant has passed.")
    return [scope for scope in SCOPES if scope in given]


def _parts(token: str) -> tuple[str, str]:
    """Give id and secret of what was presented; of anything else, what no key has."""
    prefix, _, rest = token.partition("_")
    id_, _, secret = rest.partition("_")
    fits = prefix == PREFIX and len(id_) == _ID_LENGTH and len(secret) == 2 * _SECRET_BYTES and token.isascii()
    return (id_, secret) if fits else ("", "")


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
