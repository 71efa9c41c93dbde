"""`tracker alerts mails | cancel | retry | resend | hold`: the operating page for whoever has the machine but no browser.

The JSON is a contract that scripts rely on.
"""

from __future__ import annotations

import argparse
import json
import uuid
from dataclasses import asdict
from typing import Any, TextIO

from tracker.cli_desks import on_desk
from tracker.i18n import Translator

GOOD, REFUSED, WRONG_USAGE = 0, 1, 2
_STATUSES = ("failed", "held", "pending", "sending", "sent", "cancelled")
_WAITS = ("failed", "held", "pending", "sending")


def add_verbs(verbs: Any) -> None:
    """Add the verbs to `tracker alerts`."""
    mails = verbs.add_parser(
        "mails", help="what waits, failed or is held back", epilog="example: tracker alerts mails --status failed --json"
    )
    mails.add_argument("--status", choices=_STATUSES, action="append", help="may be given again; otherwise whatever has not gone")
    mails.add_argument("--person", default="", metavar="TEXT", help="part of a name or an address")
    mails.add_argument("--project", default="", metavar="CODE")
    mails.add_argument("--hold", type=int, metavar="ID", help="only what this hold keeps back")
    mails.add_argument("--limit", type=int, default=200, metavar="N")
    mails.add_argument("--json", action="store_true", help="one JSON list instead of a table")
    mails.set_defaults(run=run_mails)
    for name, what, run in (
        ("cancel", "never send these mails; the inboxes keep what they tell", run_cancel),
        ("retry", "try mails that were given up once more, with fresh patience", run_retry),
        ("resend", "send a copy of mails that went out, word for word, to the address of today", run_resend),
    ):
        act = verbs.add_parser(name, help=what, epilog=f"example: tracker alerts {name} 17 18" + " --reason …" * (name == "cancel"))
        act.add_argument("ids", type=int, nargs="+", metavar="ID", help="as `tracker alerts mails` shows it")
        if name == "cancel":
            act.add_argument("--reason", required=True, help="it stays with the mail")
        act.add_argument("--json", action="store_true")
        act.set_defaults(run=run)
    limits = verbs.add_parser(
        "limits", help="from when on the brake and the audit speak up", epilog="example: tracker alerts limits --late-minutes 90"
    )
    for name, what in (
        ("share", "the brake: more than so many percent at once"),
        ("least", "the brake: and at least so many"),
        ("late-minutes", "the audit: so long after its time a mail is late"),
        ("held-hours", "the audit: so long a hold may wait for a decision"),
        ("back-days", "the audit: so far back it looks whether everything was told"),
    ):
        limits.add_argument(f"--{name}", type=int, metavar="N", help=what)
    limits.add_argument("--json", action="store_true")
    limits.set_defaults(run=run_limits)
    hold = verbs.add_parser(
        "hold",
        help="what the brake holds back; let it go or drop it",
        epilog="example: tracker alerts hold release 3 --reason 'compared with the log of the mail server'",
    )
    hold.add_argument("act", nargs="?", choices=("list", "release", "drop"), default="list")
    hold.add_argument("id", type=int, nargs="?", metavar="ID", help="may be left out where only one waits")
    hold.add_argument("--reason", default="", help="it stays with the decision")
    hold.add_argument("--json", action="store_true")
    hold.set_defaults(run=run_hold)


def run_mails(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: shown; 1: no such project; 2: wrong usage."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services.delivery_desk import Filters, mail_page

        wanted = Filters(statuses=tuple(args.status or _WAITS), person=args.person, project=args.project, hold_id=args.hold)
        page = mail_page(ctx, wanted, limit=max(1, args.limit))
        if page.unknown:
            print(words.text("There is no project {code}.", code=page.unknown), file=err)
            return REFUSED
        if args.json:
            print(json.dumps([_mail(row) for row in page.rows], ensure_ascii=False, indent=1), file=out)
            return GOOD
        for row in page.rows:
            print(_line(row), file=out)
        said = "{n} mails shown, more follow" if page.next else "{n} mails shown"
        print(words.text(said, n=len(page.rows)), file=out)
        return GOOD

    return on_desk(work, err)


def run_cancel(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: all cancelled; 1: refused, or some had gone on; 2: wrong usage."""
    return _act(args, out, err, "cancel_deliveries", "{n} mails cancelled", reason=args.reason)


def run_retry(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """The same for trying again."""
    return _act(args, out, err, "retry_deliveries", "{n} mails are tried again")


def run_resend(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """The same for a copy."""
    return _act(args, out, err, "send_again", "{n} copies are on their way")


def run_hold(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: done, or nothing is held; 1: something waits for a decision, or it was refused; 2: wrong usage."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services.mass_holds import drop, hold_list, release

        holds = hold_list(ctx, limit=1000)
        waiting = [one for one in holds if not one.decision]
        if args.act == "list":
            _show(waiting, words, out, as_json=args.json)
            return REFUSED if waiting else GOOD
        chosen = [one for one in holds if one.id == args.id] if args.id is not None else waiting
        if len(chosen) != 1:
            said = "There is no such hold." if args.id is not None else "Name one of the holds that wait: {ids}"
            print(words.text(said, ids=", ".join(str(one.id) for one in waiting) or "—"), file=err)
            return REFUSED
        given = {"hold_id": chosen[0].id, "reason": args.reason, "expected_version": chosen[0].version, "key": uuid.uuid4().hex}
        done = (release if args.act == "release" else drop)(ctx, **given)
        if args.json:
            print(json.dumps({"hold": chosen[0].id, "let_go": done.let_go, "dropped": done.dropped}), file=out)
        else:
            print(words.text("{let_go} mails go out, {dropped} were dropped", let_go=done.let_go, dropped=done.dropped), file=out)
        return GOOD

    return on_desk(work, err)


def run_limits(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: shown, or changed and shown; 1: refused."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services import audit_limits, mass_holds

        brake, audit = asdict(mass_holds.limits(ctx)), asdict(audit_limits.audit_limits(ctx))
        wanted = {name: value for name, value in vars(args).items() if name in brake | audit and value is not None}
        if wanted.keys() & audit.keys():
            audit |= {name: value for name, value in wanted.items() if name in audit}
            audit_limits.set_audit_limits(ctx, limits=audit_limits.Limits(**audit), key=uuid.uuid4().hex)
        if wanted.keys() & brake.keys():
            brake |= {name: value for name, value in wanted.items() if name in brake}
            mass_holds.set_thresholds(ctx, **brake, key=uuid.uuid4().hex)
        if args.json:
            print(json.dumps(brake | audit), file=out)
        else:
            print("\n".join(f"{name}: {value}" for name, value in (brake | audit).items()), file=out)
        return GOOD

    return on_desk(work, err)


def _act(args: argparse.Namespace, out: TextIO, err: TextIO, name: str, said: str, **more: Any) -> int:
    def work(ctx: Any, words: Translator) -> int:
        from tracker.services import delivery_acts

        done = getattr(delivery_acts, name)(ctx, delivery_ids=args.ids, key=uuid.uuid4().hex, **more)
        if args.json:
            print(json.dumps({"ids": list(done.ids), "left": done.left}), file=out)
        else:
            print(words.text(said, n=len(done.ids)), file=out)
        if done.left:
            print(words.text("{n} of those named are in no state for this any more, or never were", n=done.left), file=err)
        return REFUSED if done.left else GOOD

    return on_desk(work, err)


def _show(holds: list[Any], words: Translator, out: TextIO, *, as_json: bool) -> None:
    from tracker.store.types import instant_text

    if as_json:
        kept = [
            {"id": one.id, "about": one.about, "why": one.why, "held_at": instant_text(one.held_at), "mails": one.mails, 
             "people": one.people,
             "since": instant_text(one.since_at) if one.since_at else None,
             "parts": [{"programme": part.code, "stage": part.stage, "number": part.number} for part in one.parts]}
            for one in holds
        ]  # fmt: skip
        print(json.dumps(kept, ensure_ascii=False, indent=1), file=out)
        return
    for one in holds:
        told = words.text("{mails} mails to {people} people wait.", mails=f"{one.mails:,}", people=f"{one.people:,}")
        print(f"{one.id}  {one.why}  {instant_text(one.held_at)}  {told}", file=out)
        for part in one.parts:
            print(f"    {part.code}  {part.stage}  {part.number:,}", file=out)
    if not holds:
        print(words.text("The brake holds nothing."), file=out)


def _mail(row: Any) -> dict[str, Any]:
    from tracker.store.types import instant_text

    return {
        "id": row.id, "status": row.status, "why": row.why, "error": row.error, "attempts": row.attempts, "channel": row.channel,
        "sort": row.sort, "to": row.address, "project": row.project, "stage": row.stage, "notice": row.notice, "things": row.things,
        "due_on": row.due_on.isoformat() if row.due_on else None, "available_at": instant_text(row.available_at),
        "sent_at": instant_text(row.sent_at) if row.sent_at else None, "hold": row.hold_id,
        "cancelled_by": row.cancelled_by, "reason": row.cancel_reason,
    }  # fmt: skip


def _line(row: Any) -> str:
    from tracker.store.types import instant_text

    about = " ".join(part for part in (row.project, row.stage or row.notice or (f"×{row.things}" if row.things else row.sort)) if part)
    state = " ".join(part for part in (row.status, row.why, row.error) if part)
    return f"{row.id:>8}  {instant_text(row.available_at)}  {row.address}  {about}  {state}"
