"""Why a row stands where it stands: clause and rule version, the day counted from, what was assumed, then the arithmetic."""

from __future__ import annotations

from datetime import date

from tracker.domain.deadlines import Deadline, Reason
from tracker.domain.minguo import both
from tracker.domain.periods import Span
from tracker.domain.statuses import Basis, DateStatus, Kind
from tracker.programmes.model import Programme, Rule, RuleVersion
from tracker.programmes.timeline import Timeline

ANCHOR_WORDS = {
    "project_start": Reason("計畫開始日", "the first day of the project"),
    "project_end": Reason("全程計畫執行期限截止日", "the last day of the project"),
    "year_end": Reason("該計畫年度期滿日", "the last day of that project year"),
    "quarter_end": Reason("該季最後一日", "the last day of that quarter"),
    "application_closes_on": Reason("申請截止日", "the closing day for applications"),
    "applied_on": Reason("申請日", "the day the application was filed"),
    "signed_on": Reason("簽約日", "the day the agreement was signed"),
    "notified_on": Reason("通知日", "the day of the notice"),
    "approval_expires_on": Reason("核准文件效期屆滿日", "the day the approval runs out"),
}


def explain(
    programme: Programme,
    run: Timeline,
    rule: Rule,
    version: RuleVersion,
    span: Span,
    anchor_name: str | None,
    deadline: Deadline | None,
) -> tuple[Reason, ...]:
    """The sentences of one row, in the order in which a person would check them."""
    reasons = [_text_reason(programme, version)]
    if rule.condition:
        reasons.append(Reason(f"適用於：{rule.condition.zh}。", f"Applies {rule.condition.en}."))
    reasons += _undated(version) if deadline is None else _anchor_reasons(version, anchor_name, deadline)
    reasons += [Reason(f"假設：{each.zh}。", f"Assumed: {each.en}.") for each in version.assumptions]
    if span.end > run.planned_end:
        reasons.append(_extension_reason(run))
    if deadline is not None:
        reasons += deadline.because
    if version.justified_exception:
        reasons.append(
            Reason(
                f"本條有例外：「{version.justified_exception}」。",
                f"This clause has an exception for a justified reason (「{version.justified_exception}」).",
            )
        )
    if rule.kind is Kind.YEAR_END_NOTICE:
        reasons.append(_closing_reason(rule))
    return tuple(reasons)


def _text_reason(programme: Programme, version: RuleVersion) -> Reason:
    title = programme.source(version.source).title
    quote = f"「{version.wording}」" if version.wording_is == "literal" else f"（大意）{version.wording}"
    if version.basis is Basis.SETTING:
        return Reason(
            f"本系統設定，相關條文 {version.clause}（{title}，規定版本 {version.label}）：{quote}",
            f"A setting of this system; related clause {version.clause} ({title}, rule version {version.label}): {version.gloss_en}",
        )
    return Reason(
        f"依 {version.clause}（{title}，規定版本 {version.label}）：{quote}",
        f"By {version.clause} ({title}, rule version {version.label}): {version.gloss_en}",
    )


def _undated(version: RuleVersion) -> list[Reason]:
    """What a person must bring before there is a date."""
    if version.status is DateStatus.NOT_STATED:
        where = version.enter_from
        return [Reason(f"徵求公告未載明期限，請依{where.zh}登錄。", f"Not stated in the call; enter it from {where.en}.")]
    if version.status is DateStatus.ON_NOTICE:
        where = version.enter_from
        zh = f"期限依通知：收到{where.zh}後，登錄期日與文號。"
        return [Reason(zh, f"Dated by notice: enter the date and the letter number from {where.en}.")]
    names = [ANCHOR_WORDS[name] for name in version.anchors]
    return [
        Reason(
            f"尚無起算日，請登錄：{'或'.join(name.zh for name in names)}。",
            f"There is no day to count from yet; enter {' or '.join(name.en for name in names)}.",
        )
    ]


def _anchor_reasons(version: RuleVersion, anchor_name: str | None, deadline: Deadline) -> list[Reason]:
    if anchor_name is None or deadline.anchor is None:
        return []
    words = ANCHOR_WORDS[anchor_name]
    reasons = [Reason(f"起算事由：{words.zh} {both(deadline.anchor)}。", f"Counted from {words.en}, {both(deadline.anchor)}.")]
    if anchor_name != version.anchors[0]:
        first = ANCHOR_WORDS[version.anchors[0]]
        en = f"{first.en[0].upper()}{first.en[1:]} is not recorded; {words.en} takes its place."
        reasons.append(Reason(f"未登錄{first.zh}，以{words.zh}代之。", en))
    return reasons


def _extension_reason(run: Timeline) -> Reason:
    return Reason(
        f"計畫自 {both(run.planned_end)} 延期至 {both(run.last)}：延長最後一年，不另生期中報告（假設，條文未明定）。",
        f"Extended from {both(run.planned_end)} to {both(run.last)}: the last year is lengthened and no further interim report arises "
        "(assumed; the call is silent).",
    )


def _closing_reason(rule: Rule) -> Reason:
    zh = "；".join(item.zh for item in rule.content)
    en = "; ".join(item.en for item in rule.content)
    return Reason(
        f"本項為提醒，非應繳期限，不計逾期。結束時需備：{zh or '依合約'}。",
        f"A notice, not a duty, and never late. Closing will need: {en or 'see the contract'}.",
    )


def boundary_reason(on: date) -> Reason:
    """Why the end of a period is not put off."""
    return Reason(
        f"應於期間內完成，以 {both(on)} 為界；期間之界限不因休息日順延。",
        f"To be done inside the period, which ends on {both(on)}; a boundary is not put off because of a day off.",
    )


def month_end_reason(anchor: date, last: date) -> Reason:
    """Why the last day of the month of `anchor` counts."""
    return Reason(f"{both(anchor)} 當月之末日為 {both(last)}。", f"The month of {both(anchor)} ends on {both(last)}.")
