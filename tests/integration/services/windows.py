"""What tests of windows share: a programme that states them, and the steps around a withdrawal and a correction."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import Cast, key
from tests.integration.services.support_reports import fill, hand_in, opened
from tracker.programmes.report_types import Window
from tracker.services import report_windows
from tracker.services.report_drafts import report_screen
from tracker.services.report_withdrawal import Withdrawn, withdraw

WINDOW = Window(kinds=("interim_report", "quarterly_report", "final_report"), opens_days_before_due=60, grace_days=5, withdraw_days=7)


def stating(monkeypatch, **changes) -> Window:
    """Every programme states this window, whatever its reports file says."""
    window = replace(WINDOW, **changes)
    for module in ("tracker.services.report_windows", "tracker.services.planning", "tracker.services.report_withdrawal"):
        monkeypatch.setattr(f"{module}.window_of", lambda registry, code, kind: window if kind in window.kinds else None)
    assert report_windows.window_of(None, "", "interim_report") is window
    return window


def handed_in(cast: Cast, *, on: str = "2027-03-01", clock: str = "09:00", rule: str = "interim_report", period: str = "Y1") -> int:
    """The first interim report, filled and handed in on a day."""
    report_id = opened(cast, rule, period, on=on)
    fill(cast, report_id, on=on, note="")
    hand_in(cast, report_id, on=on, clock=clock)
    return report_id


def taken_back(cast: Cast, report_id: int, *, on: str, who: str = "pi", clock: str = "10:00", reason: str = "附件有誤") -> Withdrawn:
    """Withdraw the newest version on a day."""
    ctx = cast.ctx(who, on=on, clock=clock)
    version = report_screen(cast.ctx("pi", on=on), report_id).state.row.version
    return withdraw(ctx, report_id=report_id, expected_version=version, reason=reason, key=key())
