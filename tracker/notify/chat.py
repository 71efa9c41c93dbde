"""Chat messages: LINE, Microsoft Teams, Slack and webhooks, formatted by apprise and sent only where `chat_guard` lets them.

An administrator enters what the service itself hands out; here it is read strictly, and only its known parts are kept, so
that no option hidden in an address (a file to read, a redirect, an unchecked certificate) reaches apprise. The
channel's address is a secret: it is in no error, log or screen; `masked` is what may be shown.
"""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tracker.notify.chat_guard import Hosts, guarded, passage
from tracker.notify.transport import Blame, DeliveryProblem

SERVICES = ("line", "teams", "slack", "webhook")

KNOWN_HOSTS = frozenset({"api.line.me", "hooks.slack.com"})
TEAMS_SUFFIXES = (".logic.azure.com", ".api.powerplatform.com")
"""Where Microsoft hands out the addresses of workflows; the second since the end of 2025."""

LONGEST = 900
"""Characters of a message: one request at every service (Teams splits from 1,000 on)."""

ANSWERS = {
    "refused": "the service does not accept the address or its token",
    "gone": "the service does not know this address any more",
    "request": "the service refuses the message",
    "busy": "the service is busy; it is tried again",
    "redirect": "the service answers with another address, and that is not followed",
    "silent": "the service could not be reached; it is tried again",
    "unclear": "the message could not be made for this service",
}
"""What became of a message that was not taken, as message ids."""

_SCHEMAS = {"line": "line", "teams": "workflows", "slack": "slack", "webhook": "jsons"}
_LINE_ID = re.compile(r"[UCR][0-9a-f]{32}")
_LINE_TOKEN = re.compile(r"[A-Za-z0-9+/=_.-]{20,400}")
_SLACK_HOOK = re.compile(r"/services/([A-Za-z0-9]+)/([A-Za-z0-9]+)/([A-Za-z0-9]+)/?")
_SLACK_FLOW = re.compile(r"/(workflows|triggers)/([A-Za-z0-9][A-Za-z0-9/_-]+?)/?")
_TEAMS_FLOW = re.compile(
    r"(?P<pa>/powerautomate/automations/direct(?:/cu/(?P<route>[0-9]+))?)?"
    r"/workflows/(?P<flow>[A-Za-z0-9_-]+)/triggers/manual/paths/invoke/?"
)
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{8,200}")
_SIGNS = str.maketrans("<>[]*_`~|@&", "＜＞［］＊＿｀～｜＠＆")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\s]")


class BadChannel(ValueError):
    """An address that is none of this service; `msgid` says what is expected."""

    def __init__(self, msgid: str) -> None:
        super().__init__(msgid)
        self.msgid = msgid


@dataclass(frozen=True)
class Target:
    """One channel as it is used: `url` is the secret (apprise's form); `host` is where it leads, `masked` what may be shown."""

    service: str
    url: str
    host: str
    masked: str

    def __repr__(self) -> str:
        return f"Target({self.service}, {self.masked})"


@dataclass(frozen=True)
class ChatText:
    """A message: a headline and the lines under it, plain text."""

    title: str
    body: str


def plain(text: ChatText, service: str) -> ChatText:
    """The same without anything that a service takes for more than a letter: a call to everybody, a hidden link, emphasis.

    LINE shows a text as it is, so there every letter stays; the others read signs (Slack's mrkdwn, the cards of Teams, whatever is
    behind a webhook), which become their full-width likes. Addresses stay as they are.
    """
    signs = {} if service == "line" else _SIGNS
    return ChatText(*(_lines(part, signs) for part in (text.title, text.body)))


def _lines(text: str, signs: dict[int, Any]) -> str:
    return "\n".join(
        " ".join(word if word.startswith(("https://", "http://")) else word.translate(signs) for word in line.split())
        for line in text.splitlines()
    )


def read_target(service: str, address: str, recipient: str = "", *, plain: bool = False) -> Target:
    """What an administrator entered, in the form in which it is kept. `recipient` is for LINE only; `plain` lets a webhook be http.

    Raises BadChannel.
    """
    address, recipient = address.strip(), recipient.strip()
    if _CONTROL.search(address + recipient):
        raise BadChannel("Leave out spaces and line breaks.")
    if service == "line":
        return _line(address, recipient)
    parts = _web_address(address, plain=plain and service == "webhook")
    return {"teams": _teams, "slack": _slack, "webhook": _webhook}[service](parts)


def target_of(service: str, url: str) -> Target:
    """A stored address again as a target. Raises BadChannel where it is none that `read_target` would have made."""
    plugin = _plugin(service, url)
    host = urlsplit(_asked(plugin)).netloc.rpartition("@")[2].lower()
    return Target(service, url, host, masked(host, url))


def masked(host: str, url: str) -> str:
    """What may be shown: where it leads, and four characters to tell two channels apart that open nothing."""
    return f"{host} …{hashlib.sha256(url.encode()).hexdigest()[:4]}"


def hosts_for(webhooks: frozenset[str], inside: frozenset[str] = frozenset(), **more: Any) -> Hosts:
    """The rules of an installation: the services' own hosts, and those that an administrator put on the list."""
    return Hosts(KNOWN_HOSTS | webhooks, TEAMS_SUFFIXES, inside & webhooks, **more)


def send(target: Target, text: ChatText, hosts: Hosts, *, message_id: str) -> None:
    """Hand over one message; returning means that the service took it.

    `message_id` is the same for every try: LINE is told, and takes a message once only. Raises DeliveryProblem.
    """
    plugin = _plugin(target.service, target.url)
    problem = hosts.problem(_asked(plugin))
    if problem:
        raise DeliveryProblem(problem, permanent=True)
    headers = {"X-Line-Retry-Key": message_id.strip("<>").partition("@")[0]} if target.service == "line" else {}
    with passage(hosts, headers) as way:
        try:
            plugin.notify(body=text.body[:LONGEST], title=text.title[:200], body_format="text")
        except Exception as failed:  # whatever apprise does: its errors may name the address
            way.failed = way.failed or type(failed).__name__
    if way.refused is not None:
        raise DeliveryProblem(way.refused.msgid, permanent=way.refused.permanent)
    if way.status is None:
        kind = "silent" if way.requests else "unclear"
        blame = Blame.WAY if way.requests else Blame.MESSAGE
        raise DeliveryProblem(f"{way.failed} {ANSWERS[kind]}".strip(), permanent=not way.requests, blame=blame)
    _judge(target.service, way.status)


def _judge(service: str, status: int) -> None:
    """Return where the service took it, else raise what its answer means."""
    if 200 <= status < 300 or (service == "line" and status == 409):  # 409: it has this message from an earlier try
        return
    if 300 <= status < 400:
        raise DeliveryProblem(f"{status} {ANSWERS['redirect']}", permanent=True)
    if status in (408, 425, 429) or status >= 500:
        raise DeliveryProblem(f"{status} {ANSWERS['busy']}")
    kind = {401: "refused", 403: "refused", 404: "gone", 410: "gone"}.get(status, "request")
    raise DeliveryProblem(f"{status} {ANSWERS[kind]}", permanent=True, blame=Blame.MESSAGE if kind == "request" else Blame.WAY)


def _web_address(address: str, *, plain: bool) -> Any:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadChannel("This is no address of the web.") from None
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise BadChannel("The address begins with https://.")
    if not parts.hostname or port == 0 or not re.fullmatch(r"[a-z0-9.-]+", parts.hostname) or parts.fragment:
        raise BadChannel("This is no address of the web.")
    return parts


def _line(token: str, recipient: str) -> Target:
    if not _LINE_TOKEN.fullmatch(token):
        raise BadChannel("Enter the channel access token of the LINE Messaging API.")
    if not _LINE_ID.fullmatch(recipient):
        raise BadChannel("Enter the id of the group, room or user: a letter U, C or R and 32 characters.")
    url = f"line://milepost/?{urlencode({'token': token, 'to': recipient, 'image': 'no'})}"
    return target_of("line", url)


def _teams(parts: Any) -> Target:
    found, asked = _TEAMS_FLOW.fullmatch(parts.path), dict(parse_qsl(parts.query))
    if not found or not _SIGNATURE.fullmatch(asked.get("sig", "")) or parts.username or parts.port not in (None, 443):
        raise BadChannel("Copy the whole address that the workflow in Teams shows; it contains /workflows/ and ends in sig=….")
    if not parts.hostname.endswith(TEAMS_SUFFIXES):
        raise BadChannel("This host does not belong to Power Automate.")
    options = {"image": "no", "wrap": "yes", "pa": "yes" if found["pa"] else "no"}
    if found["route"]:
        options["route"] = found["route"]
    version = asked.get("api-version", "")
    if re.fullmatch(r"[0-9a-z-]{1,40}", version):
        options["ver"] = version
    return target_of("teams", f"workflows://{parts.hostname}/{found['flow']}/{asked['sig']}?{urlencode(options)}")


def _slack(parts: Any) -> Target:
    if parts.hostname != "hooks.slack.com" or parts.port not in (None, 443) or parts.username or parts.query:
        raise BadChannel("Copy the address of the incoming webhook; it begins with https://hooks.slack.com/.")
    hook, flow = _SLACK_HOOK.fullmatch(parts.path), _SLACK_FLOW.fullmatch(parts.path)
    if hook:
        return target_of("slack", f"slack://{'/'.join(hook.groups())}?image=no&footer=no")
    if flow:
        mode = {"workflows": "workflow", "triggers": "trigger"}[flow[1]]
        return target_of("slack", f"slack://{flow[2]}?image=no&footer=no&mode={mode}")
    raise BadChannel("Copy the address of the incoming webhook; it begins with https://hooks.slack.com/.")


def _webhook(parts: Any) -> Target:
    signed_in = ""
    if parts.username:
        signed_in = f"{quote(unquote(parts.username), safe='')}:{quote(unquote(parts.password or ''), safe='')}@"
    port = f":{parts.port}" if parts.port else ""
    asked = urlencode([(f"-{name}", value) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
    schema = "jsons" if parts.scheme == "https" else "json"
    return target_of("webhook", f"{schema}://{signed_in}{parts.hostname}{port}{parts.path or '/'}{asked and f'?{asked}'}")


@cache
def _apprise() -> Any:
    """apprise with nothing but the four services, no plug-ins from disk, no redirects, silent, and every request guarded."""
    for name in ("apprise", "urllib3", "requests"):  # they name addresses even in warnings
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger("apprise").propagate = False
    from apprise import Apprise, AppriseAsset  # half a second: only where a chat channel is used
    from apprise.manager_plugins import NotificationManager

    NotificationManager().enable_only("line", "workflows", "slack", "json", "jsons")
    asset = AppriseAsset(
        app_id="Milepost", app_desc="Milepost", app_url="", http_redirects=False, async_mode=False, secure_logging=True,
        storage_mode="memory", default_service_retry=0, interpret_escapes=False, interpret_emojis=False, allow_templates=False,
        image_url_mask="", image_url_logo="",
    )  # fmt: skip
    return Apprise, asset


def _plugin(service: str, url: str) -> Any:
    """apprise's own object of one channel, its requests guarded. Raises BadChannel."""
    if service not in SERVICES or not url.startswith((f"{_SCHEMAS[service]}://", "json://" if service == "webhook" else "\0")):
        raise BadChannel("This is no address of that service.")
    maker, asset = _apprise()
    try:
        plugin = maker.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:  # whatever it is, its text may name the address
        plugin = None
    if not plugin:
        raise BadChannel("This is no address of that service.")
    module = sys.modules[type(plugin).__module__]
    if module.requests is not guarded:
        module.requests = guarded
    return plugin


def _asked(plugin: Any) -> str:
    """The scheme and host that this object will really ask, as apprise understood its address."""
    kind = type(plugin).__name__
    if kind == "NotifyLine":
        return plugin.notify_url
    if kind == "NotifySlack":
        return {"hook": plugin.webhook_url, "workflow": plugin.workflow_url, "trigger": plugin.workflow_trigger_url}.get(plugin.mode, "")
    if kind not in ("NotifyWorkflows", "NotifyJSON"):
        return ""
    secure = kind == "NotifyWorkflows" or plugin.secure
    port = f":{plugin.port}" if plugin.port else ""
    return f"{'https' if secure else 'http'}://{plugin.host}{port}"
