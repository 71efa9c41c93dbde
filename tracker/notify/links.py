"""Which page an alert leads to, for whom."""

from __future__ import annotations

from urllib.parse import urlencode

from tracker.domain.statuses import Kind

_REPORTS = frozenset({Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT, Kind.DATA_CALL})
_ON_ITS_CARD = frozenset({"action", "meeting"})
_APPROVALS = frozenset({Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL})


def page_of(
    kind: str, role: str, *, obligation_id: int, parent_id: int | None, project_id: int, project_code: str, origin: str = "rule"
) -> tuple[str, dict[str, int | str]]:
    """The page's name and its parameters. A reply is written in the report it answers for; staff open the project.

    What a meeting or the office's conclusions made (`origin`) is handled on its own card, by both sides.
    """
    if origin in _ON_ITS_CARD or kind == Kind.MEETING:
        return "meetings", {"obligation": obligation_id}
    if role in ("pi", "co_pi", "assistant"):
        if kind in _REPORTS:
            return "report", {"obligation": obligation_id}
        if kind == Kind.REPLY and parent_id is not None:
            return "report", {"obligation": parent_id}
    if kind in _APPROVALS:
        return "approvals", {"project": project_id}
    return "project", {"project": project_code}


def full_address(public_url: str, page: str, query: dict[str, int | str]) -> str:
    """The address for a mail."""
    return f"{public_url}/{page}" + (f"?{urlencode(query)}" if query else "")
