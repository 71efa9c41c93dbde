"""The hosts that webhooks may lead to: a list that administrators keep, so that no address leads where nobody meant it to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert

from tracker.domain.free_text import clean_line
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem, Stale
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_chat
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

_HOST = re.compile(r"(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[1-9][0-9]{0,4})?")


@dataclass(frozen=True)
class ChatHost:
    """A host that webhooks may lead to, as `host` or `host:port`; `inside`: it may lie in the office's own network."""

    host: str
    inside: bool = False


def host_list(conn: Connection) -> tuple[ChatHost, ...]:
    """The list as it stands."""
    return tuple(ChatHost(one["host"], one["inside"]) for one in q_chat.hosts(conn))


def set_hosts(ctx: Context, *, hosts: Sequence[ChatHost], seen: Sequence[ChatHost], key: str) -> None:
    """Give the list of webhooks' hosts another content; `seen` is the list that the editor started from. Raises Invalid, Stale."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    wanted = sorted({clean_line(one.host).strip().lower(): one.inside for one in hosts if one.host.strip()}.items())
    problems = [
        Problem(
            "hosts", "{host} is no name of a host. Write it like chat.example.org, with :port where it is not 443.", {"host": host[:60]}
        )
        for host, _ in wanted
        if not _HOST.fullmatch(host) or int(host.partition(":")[2] or "1") > 65535
    ]
    if problems:
        raise Invalid(problems)
    stored = [{"host": host, "inside": bool(inside)} for host, inside in wanted]

    def body(tx: Tx) -> dict:
        if sorted(host_list(tx.conn), key=lambda one: one.host) != sorted(seen, key=lambda one: one.host):
            raise Stale()
        if stored == sorted(q_chat.hosts(tx.conn), key=lambda one: one["host"]):
            raise Unchanged()
        tx.conn.execute(delete(t.setting).where(t.setting.c.key == q_chat.HOSTS))
        tx.conn.execute(insert(t.setting).values(key=q_chat.HOSTS, value_json=stored))
        tx.record("setting", q_chat.HOSTS, {"hosts": stored})
        return {}

    ctx.store.write(ctx.request("channel.hosts", key, stored), body)
