"""The dossier of a project on paper: one document for the table of a review meeting, as PDF, or as a Word file to write into."""

from __future__ import annotations

from tracker.charts.style import percent
from tracker.domain.approvals import KIND_TITLES, ApprovalKind
from tracker.domain.minguo import both, roc
from tracker.exchange.printed import Block, Bullets, Facts, Figure, Heading, Note, Paragraph, PrintedDocument, Table, Toned
from tracker.i18n import Translator
from tracker.services.dossier import Dossier
from tracker.services.dossier_drawings import curve, timeline
from tracker.services.dossier_words import (
    OPEN_MSGIDS,
    OUTCOME_KIND_MSGIDS,
    TONES,
    change_days,
    change_text,
    day,
    open_text,
    report_state,
    report_title,
    stands_text,
)
from tracker.services.words import (
    APPROVAL_STATE_MSGIDS,
    COURSE_MSGIDS,
    EFFECT_MSGIDS,
    MEMBER_MSGIDS,
    PROJECT_STATUS_MSGIDS,
    VERDICT_MSGIDS,
    money,
    number,
)

_LEADERS = ("pi", "co_pi")
_APPROVAL_TONES = {"expired": "warn", "running_out": "warn", "valid": "good"}


def printed_dossier(d: Dossier, t: Translator) -> PrintedDocument:
    """The document; the PDF template `dossier` draws its figures."""
    head = d.head
    return PrintedDocument(
        title=t.pick(head.title_zh, head.title_en),
        subtitle=(head.title_en if t.is_chinese else head.title_zh) or "",
        kicker=t("Project dossier"),
        language=t.language,
        head=(t.pick(head.programme_zh, head.programme_en), head.code),
        foot=t("Milepost · as of {day}", day=both(d.day)),
        page_words=t.gettext("Page {n} of {all}"),
        on=d.day,
        facts=_facts(d, t),
        blocks=(*_overview(d, t), *_open(d, t), *_promised(d, t), *_reported(d, t), *_changed(d, t), *_judged(d, t), *_outcomes(d, t)),
    )


def _facts(d: Dossier, t: Translator) -> Facts:
    head = d.head
    leaders = [f"{row.name} ({t(MEMBER_MSGIDS[row.role])})" for row in d.people if row.role in _LEADERS]
    extended = t("Extended; the original end was {day}", day=both(head.original_end_on))
    term = f"{both(head.start_on)} –\n{both(head.end_on)}" + (f"\n{extended}" if head.end_on != head.original_end_on else "")
    rows = (
        (t("Project"), f"{head.code} · {t(PROJECT_STATUS_MSGIDS[head.status])}"),
        (t("Organisation"), head.organisation),
        (t("Principal investigators"), t(", ").join(leaders) or "—"),
        (t("Term"), term),
        (t("Approved"), money(d.approved)),
        (t("Officer in charge"), head.officer or "—"),
    )
    return Facts(rows)


def _overview(d: Dossier, t: Translator) -> list[Block]:
    def share(value) -> str:
        return "—" if value is None else percent(value)

    late = sum(item.is_late for item in d.open_items)
    tiles = [
        (t("Attained: claim"), share(d.attainment.claimed), "plain"),
        (t("Attained: verdict"), share(d.attainment.verdict), "plain"),
        (t("Checkpoints met"), f"{d.met} / {len(d.planned_by_now)}", "plain"),
        (t("Reports in time"), f"{d.on_time} / {len(d.handed_in)}", "plain"),
        (t("Open items"), str(len(d.open_items)), "plain"),
        (t("Of these late"), str(late), "warn" if late else "plain"),
    ]
    note = t("Claim: as the project reports. Verdict: as the office found; what it has not judged counts as nothing.")
    legend = t("Filled marks: handed in or judged; hollow marks: still ahead or open.")
    return [
        Figure("tiles", [list(tile) for tile in tiles], (Facts(tuple(tiles)),)),
        Figure("timeline", timeline(d, t)),
        Paragraph(f"{note} {legend}", "quiet"),
    ]


def _open(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Open items"))]
    if not d.open_items:
        return [*found, Paragraph(t("Nothing is open."), "quiet")]
    rows = []
    for item in d.open_items:
        tone = "warn" if item.is_late else "plain"
        rows.append(((t(OPEN_MSGIDS[item.what]), tone), (open_text(t, item), "plain"), (day(item.due_on), tone)))
    return [*found, Table((t("Kind"), t("Item"), t("Day due")), tuple(rows), (3, 6.6, 3.2))]


def _promised(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Promised, claimed, found"))]
    if len(d.years) > 1 or d.approved is not None:
        found += [Heading(t("Years and approved amounts"), 2), _years(d, t)]
    found.append(Heading(t("Checkpoints"), 2))
    if not d.checkpoints:
        found.append(Paragraph(t("The plan has no checkpoints yet."), "quiet"))
    else:
        found.append(_checkpoints(d, t))
    found += [Note(f"{line.row.code} {line.verdict.remark}") for line in d.checkpoints if line.verdict is not None and line.verdict.remark]
    found.append(Heading(t("Indicators"), 2))
    if not d.curves:
        return [*found, Paragraph(t("The approved plan has no indicators."), "quiet")]
    return [*found, Figure("curves", [curve(one, d, t) for one in d.curves], (_indicators(d, t),))]


def _years(d: Dossier, t: Translator) -> Table:
    rows = tuple(
        ((str(year.number), "plain"), (f"{both(year.start_on)} – {both(year.end_on)}", "plain"), (money(year.approved_amount), "plain"))
        for year in d.years
    )
    return Table((t("Project year"), t("Term"), t("Approved amount")), rows, (2, 6, 3), ("left", "left", "right"))


def _checkpoints(d: Dossier, t: Translator) -> Table:
    rows = []
    for line in d.checkpoints:
        row, verdict = line.row, line.verdict
        behind = verdict is None and row.planned_on <= d.day
        found = (t(VERDICT_MSGIDS[verdict.verdict]), TONES[verdict.verdict]) if verdict is not None else _unjudged(t, behind)
        rows.append((
            (row.code, "plain"), (t.pick(row.title_zh, row.title_en), "plain"), (day(row.planned_on), "plain"),
            (number(row.weight), "plain"), (f"{number(row.target)} {row.unit}", "plain"), (number(line.claimed), "plain"),
            (number(verdict.actual) if verdict is not None else "—", "plain"), found,
        ))  # fmt: skip
    heads = (t("Code"), t("Checkpoint"), t("Planned for"), t("Weight"), t("Target"), t("Claimed"), t("Found"), t("Verdict"))
    widths = (0, 5, 3.2, 0, 2.6, 1.8, 1.8, 2.3)
    return Table(heads, tuple(rows), widths, ("left", "left", "left", "right", "right", "right", "right", "left"))


def _unjudged(t: Translator, behind: bool) -> Toned:
    return (t("not judged yet"), "plain") if behind else (t("planned"), "quiet")


def _indicators(d: Dossier, t: Translator) -> Table:
    rows = tuple(
        (
            (one.row.code, "plain"), (t.pick(one.row.title_zh, one.row.title_en), "plain"), (number(one.row.baseline), "plain"),
            (f"{number(one.actual)} {one.row.unit}", "plain"), (f"{number(one.row.target)} {one.row.unit}", "plain"),
        )
        for one in d.curves
    )  # fmt: skip
    heads = (t("Code"), t("Indicator"), t("Baseline"), t("Now"), t("Target"))
    return Table(heads, rows, (1, 5, 2, 2, 2), ("left", "left", "right", "right", "right"))


def _reported(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Reported"))]
    if not d.reports:
        return [*found, Paragraph(t("No report was due yet."), "quiet")]
    rows = tuple(
        (
            (report_title(t, line), "plain"), (day(line.row.due_on), "plain"), (day(line.row.first_submitted_on), "plain"),
            (stands_text(t, line), TONES.get(line.stands, "quiet")), (report_state(t, line), "plain"),
        )
        for line in d.reports
    )  # fmt: skip
    return [*found, Table((t("Report"), t("Due"), t("Handed in"), t("In time"), t("With the office")), rows, (4.2, 3.1, 3.1, 2.6, 3.4))]


def _changed(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Changed"))]
    if not d.changes:
        return [*found, Paragraph(t("Nothing changed since the project was approved."), "quiet")]
    rows = []
    for line in d.changes:
        source = "\n".join(part for part in (t("letter {number}", number=line.letter) if line.letter else "", line.why) if part)
        rows.append(
            (
                (day(line.on), "plain"),
                (change_text(t, line), "plain"),
                (change_days(t, line).replace(" → ", "\n→ "), "plain"),
                (source or "—", "plain"),
            )
        )
    return [*found, Table((t("Day"), t("Change"), t("Date concerned"), t("Reason and letter")), tuple(rows), (3, 4.6, 3.4, 4))]


def _judged(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Evaluations and decisions"))]
    if not d.evaluations:
        found.append(Paragraph(t("No year was evaluated yet."), "quiet"))
    for line in d.evaluations:
        row = line.row
        found.append(Heading(f"{t('Year {n}', n=row.project_year)} · {t('held on {day}', day=both(row.held_on))}", 2))
        scores = tuple((_score(score, t), "plain") for score in row.scores_json)
        found += [Bullets(scores)] if scores else []
        found += [Note(row.remarks)] if row.remarks else []
        if row.decision_id is None:
            found.append(Paragraph(t("No decision was recorded yet."), "quiet"))
            continue
        letter = " · ".join(part for part in (both(row.decided_on), row.letter_number, row.clause) if part)
        found.append(Paragraph(t(COURSE_MSGIDS[row.course]), "strong"))
        found.append(Paragraph(letter, "quiet"))
        found += [Paragraph(row.reason)] if row.reason else []
        effects = tuple((_effect(effect, t), "plain") for effect in line.effects)
        found += [Bullets(effects)] if effects else []
    if d.approvals:
        found += [Heading(t("Approvals"), 2), _approvals(d, t)]
    return found


def _score(score: dict, t: Translator) -> str:
    name, points, most = (str(score.get(part, "—")) for part in ("criterion", "score", "out_of"))
    return t("{name}: {points} of {most}", name=name, points=points, most=most)


def _effect(effect, t: Translator) -> str:
    amount = f" {money(effect.amount)}" if effect.amount is not None else ""
    return t(EFFECT_MSGIDS[effect.kind]) + amount + (t(": {about}", about=effect.detail) if effect.detail else "")


def _approvals(d: Dossier, t: Translator) -> Table:
    rows = []
    for line in d.approvals:
        row, kind = line.row, KIND_TITLES[ApprovalKind(line.row.kind)]
        state = (t(APPROVAL_STATE_MSGIDS[line.state]), _APPROVAL_TONES.get(line.state, "plain"))
        rows.append(
            (
                (t.pick(kind.zh, kind.en), "plain"),
                (row.title, "plain"),
                (day(row.approved_on), "plain"),
                (day(row.expires_on), "plain"),
                state,
            )
        )
    return Table((t("Kind"), t("Title"), t("Approved on"), t("Valid until"), t("Stands")), tuple(rows), (3.4, 4, 3.1, 3.1, 2.4))


def _outcomes(d: Dossier, t: Translator) -> list[Block]:
    found: list[Block] = [Heading(t("Outcomes"))]
    if not d.outcomes and not d.nil_years:
        return [*found, Paragraph(t("No outcome was recorded yet."), "quiet")]
    rows = []
    for row in d.outcomes:
        source = " · ".join(part for part in (row.venue, row.identifier) if part)
        when = roc(row.occurred_on) if row.occurred_on else "—"
        rows.append(
            (
                (t(OUTCOME_KIND_MSGIDS[row.kind]), "plain"),
                (f"{row.title}\n{source}" if source else row.title, "plain"),
                (when, "plain"),
                _thanks(row, t),
            )
        )
    if rows:
        found.append(Table((t("Kind"), t("Title"), t("Day"), t("Funder named")), tuple(rows), (2.2, 7.5, 2.2, 2.6)))
    if d.nil_years:
        found.append(Paragraph(t("Declared without an outcome: {years}.", years=", ".join(map(str, d.nil_years))), "quiet"))
    return found


def _thanks(row, t: Translator) -> Toned:
    """Whether the funder and the project are named, as the project says."""
    both_named = row.acknowledges_funder == "yes" and row.acknowledges_project == "yes"
    if "no" in (row.acknowledges_funder, row.acknowledges_project):
        return t("not fully"), "warn"
    return (t("yes"), "good") if both_named else (t("does not apply"), "quiet")
