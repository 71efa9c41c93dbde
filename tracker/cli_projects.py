"""`tracker project import | list`: projects from a spreadsheet."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings
from tracker.i18n import LANGUAGES, Translator


def add_parser(subparsers: Any) -> None:
    """Add `project` with its verbs."""
    group = subparsers.add_parser("project", help="bring projects in", description="Projects of this home.",
                                  epilog="Example: tracker project import data/samples/project-import.csv")  # fmt: skip
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    load = verbs.add_parser(
        "import", help="import a CSV file, all of it or nothing", epilog="Example: tracker project import data/samples/project-import.csv",
        description="Import projects from CSV in UTF-8 or Big5 with ISO or 民國 dates. The template is data/samples/project-import.csv.",
    )  # fmt: skip
    load.add_argument("file", type=Path, metavar="FILE.csv")
    load.add_argument("--json", action="store_true")
    load.add_argument("--lang", choices=LANGUAGES, default=None)
    load.set_defaults(run=run_import)
    listing = verbs.add_parser("list", help="list projects", epilog="Example: tracker project list --json")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_list)


def run_import(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: imported; 1: refused because of rows; 2: wrong usage."""
    from tracker.bootstrap import open_desk
    from tracker.exchange.sheets import SheetRefused
    from tracker.services.project_import import ImportRefused, import_projects
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    words = Translator(args.lang or settings.default_language)
    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return 2
    try:
        content = args.file.read_bytes()
    except OSError as unreadable:
        print(f"{args.file}: {unreadable.strerror}", file=err)
        return 2
    desk = open_desk(settings)
    try:
        # The same file is imported once, however often the command is repeated after a lost answer.
        key = f"import-{hashlib.sha256(content).hexdigest()}"
        done = import_projects(desk.context(SYSTEM), content, key=key)
    except (ImportRefused, SheetRefused) as refused:
        for problem in refused.problems:
            said = words.text(problem.msgid, **problem.params)
            if args.json:
                print(json.dumps({"row": problem.row, "field": problem.column, "error": said}, ensure_ascii=False), file=out)
            else:
                place = words.text("Row {row}, column {column}", row=problem.row, column=problem.column or "-")
                print(f"{place}: {said}", file=err)
        print(words.text("Nothing was imported."), file=err)
        return 1
    finally:
        desk.store.dispose()
    if args.json:
        print(
            json.dumps({"projects": list(done.projects), "obligations": done.obligations, "encoding": done.encoding}, ensure_ascii=False),
            file=out,
        )
    else:
        print(
            words.text(
                "Imported {n} projects with {m} obligations ({encoding}).", n=len(done.projects), m=done.obligations, encoding=done.encoding
            ),
            file=out,
        )
    return 0


def run_list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """List every project of the home."""
    from tracker.bootstrap import open_desk
    from tracker.services.projects import project_list
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    if settings.home_kind == "none":
        words = Translator(settings.default_language)
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return 2
    desk = open_desk(settings)
    rows = project_list(desk.context(SYSTEM))
    desk.store.dispose()
    if args.json:
        print(json.dumps(rows, ensure_ascii=False), file=out)
    else:
        for row in rows:
            print(f"{row['code']}\t{row['programme']}\t{row['start']} – {row['end']}\t{row['title_zh']}", file=out)
    return 0
