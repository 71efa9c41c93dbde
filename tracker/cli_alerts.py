"""`tracker worker` and `tracker alerts`: the clock, and what it has raised. The JSON is a contract that scripts rely on."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from datetime import datetime
from itertools import groupby
from typing import Any, TextIO

from tracker import cli_mails, worker
from tracker.bootstrap import Desk, open_desk
from tracker.clock import DEMO_TIME, FixedClock
from tracker.config import Settings
from tracker.domain.minguo import DateTextError, both, parse_date
from tracker.i18n import Translator
from tracker.notify import wording
from tracker.services import alert_audit
from tracker.services.alerts import AlertRow, alert_list
from tracker.services.viewer import SYSTEM
from tracker.store.types import instant_text

GOOD, FOUND_WRONG, WRONG_USAGE = 0, 1, 2
STATES = ("raised", "superseded", "cancelled")


def add_parser(subparsers: Any) -> None:
    """Add `worker` and `alerts list`; each sets `run`, a function of (args, out, err) that returns the exit status."""
    clock = subparsers.add_parser("worker", help="raise and mail alerts until stopped", epilog="example: tracker worker --once")
    clock.add_argument("--once", action="store_true", help="one look and one delivery, print the counts, and end")
    clock.add_argument("--now", metavar="T", help="with a demo only: the day (09:00 Taipei) or the instant to take for now")
    clock.add_argument("--json", action="store_true", help="with --once: the counts as one JSON object")
    clock.set_defaults(run=run_worker)
    alerts = subparsers.add_parser("alerts", help="what was raised, and for whom")
    verbs = alerts.add_subparsers(dest="alerts_command", required=True)
    listed = verbs.add_parser("list", help="the ledger", epilog="example: tracker alerts list --state raised --json")
    listed.add_argument("--project", metavar="CODE", help="only this project")
    listed.add_argument("--state", choices=STATES, help="only alerts in this state")
    listed.add_argument("--json", action="store_true", help="one JSON list instead of a table")
    listed.set_defaults(run=run_list)
    audited = verbs.add_parser(
        "audit",
        help="work the ledger out anew and compare; status 1 where anything is wrong",
        epilog="example: tracker alerts audit --json",
    )
    audited.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    audited.set_defaults(run=run_audit)
    cli_mails.add_verbs(verbs)


def run_worker(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker worker`: until SIGTERM or Ctrl-C, or once."""
    settings = Settings.from_env()
    words = Translator(settings.default_language)
    clock = None
    if args.now is not None:
        if not settings.is_demo:
            print(words.text("--now: only a demo home may have another time than the machine's."), file=err)
            return WRONG_USAGE
        instant = _instant(args.now)
        if instant is None:
            print(words.text("--now: {text} is neither a day nor an instant with its zone.", text=args.now), file=err)
            return WRONG_USAGE
        clock = FixedClock(instant)
    if _no_home(settings, words, err):
        return WRONG_USAGE
    desk = open_desk(settings, clock)
    try:
        if args.once:
            _print_once(worker.run_once(desk), args.json, words, out)
        else:
            _run_until_stopped(desk)
    finally:
        desk.store.dispose()
    return GOOD


def run_list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker alerts list`: ordered by due date, obligation and ladder."""
    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if _no_home(settings, words, err):
        return WRONG_USAGE
    desk = open_desk(settings)
    try:
        rows = alert_list(desk.context(SYSTEM), project=args.project, state=args.state)
    finally:
        desk.store.dispose()
    if args.json:
        print(json.dumps([as_json(row) for row in rows], ensure_ascii=False, indent=1), file=out)
    else:
        for row in rows:
            print(_line(words, row), file=out)
        print(words.text("{n} alerts", n=len(rows)), file=out)
    return GOOD


def run_audit(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker alerts audit`: now and at once, whatever was done today; what it finds is kept and told as by the worker."""
    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if _no_home(settings, words, err):
        return WRONG_USAGE
    desk = open_desk(settings)
    try:
        done = alert_audit.audit(desk.context(SYSTEM))
    finally:
        desk.store.dispose()
    if args.json:
        mended = alert_audit.MENDED_MSGIDS
        found = [{"kind": one.kind, "subject": one.subject, **one.detail, "mend": words.text(mended[one.kind])} for one in done.found]
        print(json.dumps({"checked": done.checked, "new": done.new, "settled": done.settled, "found": found}, ensure_ascii=False), file=out)
    else:
        for kind, ones in groupby(sorted(done.found, key=_worst_first), key=lambda one: one.kind):
            print(words.text(alert_audit.KIND_MSGIDS[kind]), file=out)
            for one in ones:
                print(f"  {one.subject}  {json.dumps(one.detail)}", file=out)
            print(f"  → {words.text(alert_audit.MENDED_MSGIDS[kind])}", file=out)
        told = "obligations worked out anew: {checked}; findings: {n}, of them new: {new}, settled: {settled}"
        print(words.text(told, checked=done.checked, n=len(done.found), new=done.new, settled=done.settled), file=out)
    return FOUND_WRONG if done.found else GOOD


def _worst_first(one: alert_audit.Finding) -> tuple[int, str]:
    return list(alert_audit.KIND_MSGIDS).index(one.kind), one.subject


def _no_home(settings: Settings, words: Translator, err: TextIO) -> bool:
    """Say so where nothing was set up: a look must not set up an empty home by itself."""
    if settings.home_kind != "none":
        return False
    print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
    return True


def as_json(row: AlertRow) -> dict[str, Any]:
    """The object that scripts read; every key is always there."""
    return {
        "obligation": row.obligation,
        "kind": row.kind,
        "project": row.project,
        "stage": row.stage,
        "due_on": row.due_on.isoformat(),
        "state": row.state,
        "raised_at": instant_text(row.raised_at),
        "recipients": list(row.recipients),
    }


def _line(words: Translator, row: AlertRow) -> str:
    state = words.text(wording.STATE_MSGIDS[row.state])
    return f"{both(row.due_on)}  {row.stage:<7}  {row.obligation}  {state}  {', '.join(row.recipients)}".rstrip()


def _print_once(done: worker.OnceResult, as_object: bool, words: Translator, out: TextIO) -> None:
    looked, sent = done.looked, done.delivered
    counts = {
        "raised": looked.raised,
        "superseded": looked.superseded,
        "cancelled": looked.cancelled + sent.cancelled,
        "sent": sent.sent,
        "retried": sent.retried,
        "failed": sent.failed,
    }
    if as_object:
        print(json.dumps(counts), file=out)
        return
    message = "raised {raised}, superseded {superseded}, cancelled {cancelled}; mails sent {sent}, put off {retried}, failed {failed}"
    print(words.text(message, **counts), file=out)


def _run_until_stopped(desk: Desk) -> None:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    worker.run_worker(desk, stop)


def _instant(text: str) -> datetime | None:
    """An instant with its zone, or nine in the morning (Taipei) of a civil day in either calendar."""
    try:
        return datetime.combine(parse_date(text), DEMO_TIME)
    except DateTextError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
