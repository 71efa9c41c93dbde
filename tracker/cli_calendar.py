"""`tracker calendar`: working days from the command line: bring in an official table, closures of counties, take back, list.

What would move is always printed first; nothing changes without --yes. With it the stored dates are brought there at once.
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings
from tracker.domain.minguo import both
from tracker.i18n import LANGUAGES, Translator

GOOD, REFUSED, WRONG_USAGE = 0, 1, 2
_SHOWN = 30


def add_parser(subparsers: Any) -> None:
    """Add `calendar` with its verbs; each sets `run`, a function of (args, out, err) that returns the exit status."""
    group = subparsers.add_parser("calendar", help="working days", description="The working days of this home.",
                                  epilog="Example: tracker calendar import 117.csv --source 人事總處公告 --yes")  # fmt: skip
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    load = verbs.add_parser(
        "import", help="bring in an official table (CSV, UTF-8 or Big5)", epilog="Example: tracker calendar import 117.csv --dry-run"
    )
    load.add_argument("file", type=Path, metavar="FILE.csv")
    load.add_argument("--source", default="", help="issuing office, number or address; needed with --yes")
    load.set_defaults(run=run_import)
    closed = verbs.add_parser(
        "closures", help="enter days on which counties closed their offices",
        epilog="Example: tracker calendar closures --county 臺北市 --on 115-10-02 --source 市府公告 --yes",
    )  # fmt: skip
    closed.add_argument("--county", action="append", default=[], help="county or city; may be given more than once")
    closed.add_argument("--on", action="append", default=[], metavar="DAY", help="the day; may be given more than once")
    closed.add_argument("--list", type=Path, metavar="FILE", help="a text or CSV file, a day and its counties in each line")
    closed.add_argument("--source", default="", help="the announcement; needed with --yes")
    closed.set_defaults(run=run_closures)
    back = verbs.add_parser(
        "withdraw", help="take a table or a closure back", epilog="Example: tracker calendar withdraw table 3 --reason 誤匯 --yes"
    )
    back.add_argument("what", choices=("table", "closure"))
    back.add_argument("id", type=int)
    back.add_argument("--reason", default="", help="why; needed with --yes")
    back.set_defaults(run=run_withdraw)
    for verb in (load, closed, back):
        either = verb.add_mutually_exclusive_group()
        either.add_argument("--dry-run", action="store_true", help="only print what would move (what happens without --yes too)")
        either.add_argument("--yes", action="store_true", help="put it in force")
    listing = verbs.add_parser("list", help="what was brought in", epilog="Example: tracker calendar list --json")
    listing.set_defaults(run=run_list)
    for verb in (load, closed, back, listing):
        verb.add_argument("--json", action="store_true")
        verb.add_argument("--lang", choices=LANGUAGES, default=None)


def run_import(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: previewed or in force; 1: refused because of the file or the state; 2: wrong usage."""
    from tracker.services import working_days

    content = _content(args.file, err)
    if content is None:
        return WRONG_USAGE

    def look(ctx: Any, tell: Any) -> Any:
        return working_days.preview_table(ctx, content=content, filename=args.file.name, progress=tell).outcome

    def act(ctx: Any, **given: Any) -> Any:
        return working_days.put_table_in_force(ctx, content=content, filename=args.file.name, source=args.source, **given)

    return _change(args, out, err, look, act)


def run_closures(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """The same for closures."""
    from tracker.services import closures

    text: bytes | str = "\n".join(f"{day}, {', '.join(args.county)}" for day in args.on)
    if args.list is not None:
        given = _content(args.list, err)
        if given is None:
            return WRONG_USAGE
        text = given

    def look(ctx: Any, tell: Any) -> Any:
        return closures.preview_closures(ctx, closures=closures.read_closure_text(ctx, content=text), progress=tell)

    def act(ctx: Any, **given: Any) -> Any:
        wanted = closures.read_closure_text(ctx, content=text)
        return closures.enter_closures(ctx, closures=wanted, source=args.source, **given)

    return _change(args, out, err, look, act)


def run_withdraw(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """The same for taking a table or a closure back."""
    from tracker.services import closures, working_days

    def look(ctx: Any, tell: Any) -> Any:
        if args.what == "table":
            return working_days.preview_table_withdrawal(ctx, table_id=args.id, progress=tell)
        return closures.preview_closure_withdrawal(ctx, closure_ids=[args.id], progress=tell)

    def act(ctx: Any, **given: Any) -> Any:
        if args.what == "table":
            return working_days.withdraw_table(ctx, table_id=args.id, reason=args.reason, **given)
        return closures.withdraw_closures(ctx, closure_ids=[args.id], reason=args.reason, **given)

    return _change(args, out, err, look, act)


def run_list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Every table and closure that was brought in, newest first, and the calendar in force."""
    from tracker.services import closures, working_days
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    words = Translator(args.lang or settings.default_language)
    with _open(settings, words, err) as desk:
        if desk is None:
            return WRONG_USAGE
        ctx = desk.context(SYSTEM)
        tables, closed = working_days.table_list(ctx), closures.closure_list(ctx)
        if args.json:
            print(json.dumps({"calendar": ctx.calendar.version, "tables": [_table(one) for one in tables],
                              "closures": [_closure(one) for one in closed]}, ensure_ascii=False), file=out)  # fmt: skip
            return GOOD
        print(words.text("Working-day calendar: {version}", version=ctx.calendar.version), file=out)
        for table in tables:
            state = words.text("in force") if table.counts else words.text("taken back") if table.withdrawn_at else words.text("replaced")
            print(f"table {table.id}\t{table.year - 1911} ({table.year})\t{table.filename}\t{table.source}\t{state}", file=out)
        for line in closed:
            state = words.text("taken back") if line.withdrawn_at else words.text("in force")
            print(f"closure {line.id}\t{both(line.closed_on)}\t{line.county}\t{line.source}\t{state}", file=out)
    return GOOD


def _change(args: argparse.Namespace, out: TextIO, err: TextIO, look: Callable[..., Any], act: Callable[..., Any]) -> int:
    from tracker.services.errors import ServiceError
    from tracker.services.recalculation import recalculate
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    words = Translator(args.lang or settings.default_language)
    with _open(settings, words, err) as desk:
        if desk is None:
            return WRONG_USAGE
        try:
            seen = look(desk.context(SYSTEM), _progress(words, err))
            moved: tuple[str, ...] | None = None
            if args.yes:
                given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": uuid.uuid4().hex}
                act(desk.context(SYSTEM), **given)
                moved = recalculate(desk.context(SYSTEM), progress=_progress(words, err))
        except ServiceError as refused:
            _refused(refused, words, args.json, out, err)
            return REFUSED
    if args.json:
        print(json.dumps(_as_json(seen, moved), ensure_ascii=False), file=out)
    else:
        _print(seen, moved, words, out)
    return GOOD


@contextmanager
def _open(settings: Settings, words: Translator, err: TextIO) -> Any:
    from tracker.bootstrap import open_desk

    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        yield None
        return
    desk = open_desk(settings)
    try:
        yield desk
    finally:
        desk.store.dispose()


def _content(path: Path, err: TextIO) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as unreadable:
        print(f"{path}: {unreadable.strerror}", file=err)
        return None


def _progress(words: Translator, err: TextIO) -> Callable[[int, int], None]:
    """A line for every thousand projects: short work says nothing."""

    def tell(done: int, of: int) -> None:
        if done % 1000 == 0:
            print(words.text("projects looked at: {done} of {of}", done=done, of=of), file=err)

    return tell


def _refused(refused: Any, words: Translator, as_json: bool, out: TextIO, err: TextIO) -> None:
    problems = getattr(refused, "problems", None)
    if problems is None:
        print(words.text(refused.msgid, **refused.params), file=err)
        return
    for problem in problems:
        said = words.text(problem.msgid, **problem.params)
        row, column = problem.params.get("row") or 0, problem.params.get("column") or ""
        if as_json:
            print(json.dumps({"row": row, "column": column, "field": problem.field, "error": said}, ensure_ascii=False), file=out)
        else:
            place = words.text("Row {row}, column {column}", row=row, column=column or "-") if row else problem.field
            print(f"{place}: {said}", file=err)
    print(words.text("Nothing was changed."), file=err)


def _print(seen: Any, moved: tuple[str, ...] | None, words: Translator, out: TextIO) -> None:
    for msgid, params in seen.remarks:
        print(words.text(msgid, **params), file=out)
    if seen.changes_nothing:
        print(words.text("Nothing would change: no working day differs from what is in force."), file=out)
        return
    for day in seen.days[:_SHOWN]:
        print(f"{both(day.on)}\t{day.county or ''}\t{words.pick(day.old.zh, day.old.en)} → {words.pick(day.new.zh, day.new.en)}", file=out)
    print(words.text("Days that differ from what is in force: {n}", n=len(seen.days)), file=out)
    for move in seen.moves[:_SHOWN]:
        mark = words.text("comes nearer") if move.nearer else ""
        old, new = both(move.old_due_on), both(move.new_due_on)
        if move.old_due_on == move.new_due_on:
            old, new = both(move.old_file_by_on), both(move.new_file_by_on)
        print(f"{move.key}\t{old} → {new}\t{mark}".rstrip(), file=out)
    counts = {"n": len(seen.moves), "m": len(seen.told), "k": seen.nearer}
    print(words.text("Dates that move: {n} (projects: {m}); nearer than now: {k}.", **counts), file=out)
    if moved is None:
        print(words.text("Nothing was changed yet; say --yes to put it in force."), file=out)
    else:
        print(words.text("In force. Dates moved: {n}; people told: {m}.", n=len(moved), m=seen.people), file=out)


def _as_json(seen: Any, moved: tuple[str, ...] | None) -> dict[str, Any]:
    return {
        "done": moved is not None,
        "calendar": {"old": seen.old_version, "new": seen.new_version},
        "days": [{"on": day.on.isoformat(), "county": day.county, "works": day.works} for day in seen.days],
        "years": list(seen.years),
        "moves": [
            {"obligation": move.key, "old_due_on": move.old_due_on.isoformat(), "new_due_on": move.new_due_on.isoformat(),
             "old_file_by_on": move.old_file_by_on.isoformat(), "new_file_by_on": move.new_file_by_on.isoformat(), "nearer": move.nearer}
            for move in seen.moves
        ],
        "people": seen.people,
        "moved": None if moved is None else list(moved),
    }  # fmt: skip


def _table(line: Any) -> dict[str, Any]:
    return {"id": line.id, "year": line.year, "file": line.filename, "sha256": line.sha256, "source": line.source, "in_force": line.counts,
            "withdrawn": line.withdraw_reason or None}  # fmt: skip


def _closure(line: Any) -> dict[str, Any]:
    return {"id": line.id, "county": line.county, "on": line.closed_on.isoformat(), "source": line.source,
            "withdrawn": line.withdraw_reason or None}  # fmt: skip
