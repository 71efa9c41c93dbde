"""`GET /metrics`: the numbers of `services.metrics` in the text format of Prometheus.

They are for who runs the installation: with `TRACKER_METRICS_TOKEN` set, whoever has the token (`Authorization: Bearer …`); without it,
this very machine only, by a name of its own, and not what a proxy on it passes on (which asks from this machine too, but by our public
name, even where it says nothing else of itself). To anybody else the address does not exist.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import ip_address

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tracker.bootstrap import Desk
from tracker.services.alert_audit import KIND_MSGIDS
from tracker.services.metrics import Metrics, read_metrics
from tracker.services.viewer import SYSTEM
from tracker.web.origins import asks_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_log = logging.getLogger("tracker.web")

Sample = tuple[str, float]


class MetricsPage:
    """The endpoint."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def __call__(self, request: Request) -> Response:
        if not may_read(request, self.desk().settings.metrics_token):
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        try:
            text = await run_in_threadpool(self._text)
        except Exception:  # whatever it is, the scrape fails and the alarm on that goes off
            _log.exception("the metrics could not be read")
            return PlainTextResponse("the database does not answer", 503, {"Cache-Control": "no-store"})
        return PlainTextResponse(text, 200, {"Cache-Control": "no-store"}, media_type=CONTENT_TYPE)

    def _text(self) -> str:
        return as_text(read_metrics(self.desk().context(SYSTEM), wall=self.now()))


def may_read(request: Request, token: str | None) -> bool:
    """Whether the numbers are this visitor's business."""
    if token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    if request.client is None or any(name in request.headers for name in _PASSED_ON) or not asks_loopback(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def as_text(found: Metrics) -> str:
    """The reading as Prometheus takes it: a help line, a type line and the samples of each."""
    jobs = found.jobs.items()
    lines: list[str] = []
    for name, kind, told, samples in (
        ("outbox_messages", "gauge", "Messages in the outbox by state.", _by("state", found.outbox)),
        ("outbox_oldest_waiting_seconds", "gauge", "Since when the longest overdue message waits.", [("", found.oldest_waiting)]),
        ("sent_per_second", "gauge", "Messages taken in the last five minutes, each second.", [("", found.sent_per_second)]),
        ("job_age_seconds", "gauge", "Since the last sign of life of a job.", _ages((n, job.age) for n, job in jobs)),
        ("job_last_ok_age_seconds", "gauge", "Since a job last ended well.", _ages((n, job.ok_age) for n, job in jobs)),
        ("job_failing", "gauge", "1 where the newest run of a job failed.", _by("job", {n: int(job.failing) for n, job in jobs})),
        ("job_last_counts", "gauge", "What the newest run of a job did.", _counts(found)),
        ("obligations_to_look_at", "gauge", "Obligations that are due for a look.", [("", found.to_look_at)]),
        ("findings_open", "gauge", "Open findings of the audit by kind.", _by("kind", {k: found.findings.get(k, 0) for k in KIND_MSGIDS})),
        ("audit_age_days", "gauge", "Days since the last audit that ran to its end.", _one(found.audit_age_days)),
        ("holds_undecided", "gauge", "Holds that nobody has decided on.", [("", found.holds_undecided)]),
        ("silences_running", "gauge", "Silences and pauses that hold mails now.", [("", found.silences_running)]),
        ("chat_channels", "gauge", "Chat channels that are on.", [("", found.chat_channels)]),
    ):
        if samples:
            lines += [f"# HELP milepost_{name} {told}", f"# TYPE milepost_{name} {kind}"]
            lines += [f"milepost_{name}{labels} {value:g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _by(label: str, numbers: dict[str, int]) -> list[Sample]:
    return [(f'{{{label}="{name}"}}', number) for name, number in numbers.items()]


def _ages(ages: Iterable[tuple[str, float | None]]) -> list[Sample]:
    return [(f'{{job="{name}"}}', age) for name, age in ages if age is not None]


def _counts(found: Metrics) -> list[Sample]:
    return [(f'{{job="{name}",what="{what}"}}', n) for name, job in found.jobs.items() for what, n in sorted(job.counts.items())]


def _one(number: int | None) -> list[Sample]:
    return [] if number is None else [("", number)]
