"""`tracker programme` and `tracker schedule`: what the rule packs say, whether they are sound, and what a project owes by them.

Every command is a function of (args, out, err) that returns the exit status: 0 good, 1 some packs bad, 2 wrong usage.
The JSON is a contract that scripts rely on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from tracker.cli_deadline import DATE_PROBLEMS
from tracker.cli_programme_text import plan_line, show_lines
from tracker.config import Settings, data_dir
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar, canonical_county
from tracker.domain.minguo import DateTextError, parse_date
from tracker.domain.obligations import ObligationPlan
from tracker.i18n import LANGUAGES, Translator
from tracker.programmes.calendars import load_calendar
from tracker.programmes.cases import load_cases, run_case
from tracker.programmes.lint import lint_file
from tracker.programmes.load import load
from tracker.programmes.model import FACTS, BadTerm, Problem, Programme, ProgrammeError, UnknownFact
from tracker.programmes.report_codec import to_data
from tracker.programmes.report_files import build as build_reports
from tracker.programmes.report_lint import lint_chain
from tracker.programmes.report_merge import read_chain
from tracker.programmes.report_types import ReportsFile
from tracker.programmes.resolve import cases_path, finder, pack_paths
from tracker.programmes.schedule import schedule
from tracker.programmes.timeline import doubts

GOOD, SOME_BAD, WRONG_USAGE = 0, 1, 2

# Catalogue data/locale/zh_TW/LC_MESSAGES/programme.po


class Usage(ValueError):
    """Wrong words on the command line: a message id with its parameters."""

    def __init__(self, msgid: str, **params: Any) -> None:
        super().__init__(msgid)
        self.msgid, self.params = msgid, params


def add_parser(subparsers: Any) -> None:
    """Add `programme list | show | lint` and `schedule` to the commands; each sets `run`."""
    programme = subparsers.add_parser("programme", help="the programmes and their rules")
    kinds = programme.add_subparsers(dest="programme_command", required=True)
    one = kinds.add_parser("list", help="every programme", epilog="example: tracker programme list --json")
    _common(one, run_list)
    one = kinds.add_parser("show", help="one programme, clause by clause", epilog="example: tracker programme show hsp-115-smart-health")
    one.add_argument("programme", metavar="PROGRAMME", help="a code, or the path of a rule pack")
    _common(one, run_show)
    one = kinds.add_parser(
        "lint",
        help="everything that is wrong with rule packs",
        epilog="example: tracker programme lint my-call.toml   (all packs without FILE)",
    )
    one.add_argument("files", metavar="FILE", nargs="*", help="rule packs; their cases beside them are run too")
    _common(one, run_lint)
    one = subparsers.add_parser(
        "schedule",
        help="what a project owes under a programme, and when",
        epilog="example: tracker schedule hsp-115-smart-health --start 115/1/1 --end 115/12/31 --fact applied_on=2025-08-20",
    )
    one.add_argument("programme", metavar="PROGRAMME", help="a code, or the path of a rule pack")
    one.add_argument("--start", required=True, metavar="D", help="first day of the project: 2026-06-01 or 115/6/1")
    one.add_argument("--end", required=True, metavar="D", help="last day of the project")
    one.add_argument("--extended-to", metavar="D", help="last day after an extension")
    one.add_argument("--fact", action="append", default=[], metavar="NAME=D", help=f"a known date: {', '.join(FACTS)}")
    one.add_argument("--county", help="county or city of the receiving office, for its typhoon closures")
    _common(one, run_schedule)


def _common(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--json", action="store_true", help="JSON instead of lines to read")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the sentences")
    parser.set_defaults(run=run)


def run_list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker programme list`: the programmes that projects can be signed under. A broken pack is named on `err`."""
    words, status, rows = _words(args), GOOD, []
    find = finder(*_folders())
    for path in pack_paths(*_folders()):
        try:
            programme = load(path, find)
        except ProgrammeError as error:
            print(error, file=err)
            status = SOME_BAD
            continue
        if not programme.abstract:
            rows.append(programme)
    rows.sort(key=lambda programme: programme.code)
    if args.json:
        print(json.dumps([_summary(programme) for programme in rows], ensure_ascii=False, indent=2), file=out)
    else:
        for programme in rows:
            print(f"{programme.code}  {words.pick(programme.title_zh, programme.title_en)}", file=out)
    return status


def run_show(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker programme show`: every rule with its clause, its wording and how sure it is."""
    words = _words(args)
    try:
        programme = _open(args.programme)
        reports = _reports(programme, args.programme)
    except (Usage, ProgrammeError) as error:
        return _refused(error, words, err)
    if args.json:
        forms = to_data(reports)
        print(
            json.dumps({**json.loads(programme.text), "sha256": programme.sha256, "reports": forms}, ensure_ascii=False, indent=2), file=out
        )
    else:
        print("\n".join(show_lines(programme, reports, words)), file=out)
    return GOOD


def run_lint(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker programme lint`: every problem of every pack with its file and key; the cases of sound packs are run."""
    words = _words(args)
    paths = [Path(name) for name in args.files] or pack_paths(*_folders())
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        return _refused(Usage("There is no such file: {names}", names=", ".join(missing)), words, err)
    problems = [problem for path in paths for problem in _lint_one(path)]
    if args.json:
        rows = [{"path": problem.path, "key": problem.key, "message": problem.message} for problem in problems]
        print(json.dumps(rows, ensure_ascii=False, indent=2), file=out)
        return SOME_BAD if problems else GOOD
    for problem in problems:
        print(problem, file=out)
    summary = "{packs} rule packs, {problems} problems" if problems else "{packs} rule packs, no problems; their cases agree"
    print(words.text(summary, packs=len(paths), problems=len(problems)), file=out)
    return SOME_BAD if problems else GOOD


def run_schedule(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker schedule`: everything a project owes, in the order of its dates; doubts about its dates go to `err`."""
    words = _words(args)
    try:
        programme = _open(args.programme)
        start, end = _day("--start", args.start), _day("--end", args.end)
        extended_to = _day("--extended-to", args.extended_to) if args.extended_to else None
        facts = _facts(args.fact)
        plans = schedule(programme, start, end, facts, _calendar(programme, args.county), extended_to)
    except (Usage, ProgrammeError, UnknownFact, BadTerm, OutsideCalendar) as error:
        return _refused(error, words, err)
    for doubt in doubts(programme, start, end, facts):
        print(words.pick(doubt.zh, doubt.en), file=err)
    if args.json:
        print(json.dumps([as_json(plan, words.language) for plan in plans], ensure_ascii=False, indent=2), file=out)
    else:
        print("\n".join(plan_line(plan, words) for plan in plans), file=out)
    return GOOD


def as_json(plan: ObligationPlan, language: str) -> dict[str, Any]:
    """The object that scripts read: ISO dates, every key always present, null where there is nothing."""
    deadline = plan.deadline

    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "rule": plan.rule,
        "kind": plan.kind.value,
        "duty": plan.duty,
        "period": {"label": plan.period_label, "start": iso(plan.period_start), "end": iso(plan.period_end)},
        "nominal": iso(deadline.nominal) if deadline else None,
        "due_on": iso(plan.due_on),
        "file_by": iso(plan.file_by),
        "file_by_time": deadline.file_by_time if deadline else None,
        "status": plan.date_status.value,
        "confidence": plan.confidence.value,
        "basis": plan.basis.value,
        "clause": plan.clause,
        "title_zh": plan.title_zh,
        "title_en": plan.title_en,
        "because": [reason.text(language) for reason in plan.because],
    }


def _words(args: argparse.Namespace) -> Translator:
    return Translator(args.lang or Settings.from_env().default_language)


def _folders() -> tuple[Path, Path]:
    return data_dir() / "programmes", data_dir() / "samples" / "programmes"


def _refused(error: Exception, words: Translator, err: TextIO) -> int:
    """Say what is wrong with the command and return 2."""
    if isinstance(error, Usage):
        params = {key: words.gettext(value) if key == "why" else value for key, value in error.params.items()}
        print(words.text(error.msgid, **params), file=err)
    elif isinstance(error, UnknownFact):
        print(words.text("There is no fact {name!r}; known: {known}", name=error.name, known=", ".join(error.known)), file=err)
    else:
        print(error, file=err)
    return WRONG_USAGE


def _open(name: str) -> Programme:
    """The programme of a code or of a file."""
    folders = _folders()
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        if not path.is_file():
            raise Usage("There is no such file: {names}", names=name)
        return load(path, finder(*folders, beside=path))
    find = finder(*folders)
    found = find(name)
    if found is None:
        known = ", ".join(sorted(pack.stem for pack in pack_paths(*folders)))
        raise Usage("There is no programme {name!r}; known: {known}", name=name, known=known)
    return load(found, find)


def _reports(programme: Programme, name: str) -> ReportsFile:
    """The forms of a programme that was opened by `name`. Raises ProgrammeError with what is wrong with their file."""
    path = Path(name)
    find = finder(*_folders(), beside=path if path.is_file() else None)
    chain, problems = read_chain(
        [*programme.lineage, programme.code], lambda code: path if path.is_file() and code == path.stem else find(code)
    )
    problems = problems or lint_chain(chain, set() if programme.abstract else {rule.kind for rule in programme.rules})
    if problems:
        raise ProgrammeError(problems)
    return build_reports(programme.code, [table for _, table in chain])


def _day(option: str, text: str) -> date:
    try:
        return parse_date(text)
    except DateTextError as error:
        raise Usage("{option}: {text!r} is not a date. {why}", option=option, text=text, why=DATE_PROBLEMS[error.code]) from None


def _facts(pairs: Sequence[str]) -> dict[str, date]:
    facts: dict[str, date] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise Usage("--fact {pair!r}: write NAME=DATE, such as applied_on=2025-08-20", pair=pair)
        name = name.strip()
        if name not in FACTS:
            raise UnknownFact(name)
        if name in facts:
            raise Usage("--fact {name}: given twice", name=name)
        facts[name] = _day(f"--fact {name}", text.strip())
    return facts


def _calendar(programme: Programme, county: str | None) -> WorkingCalendar:
    known = canonical_county(county) if county else programme.county
    if county and known is None:
        raise Usage("--county: there is no county or city {county!r}", county=county)
    return load_calendar(data_dir() / "calendars" / "tw").for_county(known)


def _lint_one(path: Path) -> list[Problem]:
    find = finder(*_folders(), beside=path)
    problems = lint_file(path, find)
    if problems:
        return problems
    programme = load(path, find)
    cases, problems = load_cases(path)
    calendar = _calendar(programme, None)
    beside = str(cases_path(path))
    for case in cases:
        problems += [Problem(beside, case.name, difference) for difference in run_case(programme, case, calendar)]
    return problems


def _summary(programme: Programme) -> dict[str, Any]:
    return {
        "code": programme.code,
        "version": programme.version,
        "title_zh": programme.title_zh,
        "title_en": programme.title_en,
        "authority_zh": programme.authority_zh,
        "authority_en": programme.authority_en,
        "checked_on": programme.checked_on.isoformat(),
        "effective_from": programme.effective_from.isoformat(),
        "fictional": programme.fictional,
        "rules": len(programme.rules),
        "sha256": programme.sha256,
    }
