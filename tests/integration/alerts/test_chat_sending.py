"""Chat messages over real TLS to a server that stands in for every service, and everything that must not get through."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from contextlib import suppress

import pytest

from tests.integration.alerts.chat_sink import LINE_GROUP, LINE_TOKEN, SECRETS, SLACK, TEAMS, WEBHOOK, chat_sink
from tracker.notify import chat, chat_guard
from tracker.notify.chat import BadChannel, ChatText, read_target, send
from tracker.notify.chat_guard import NOT_FOUND, NOT_LISTED, NOT_PUBLIC, NOT_TLS, Hosts, is_public
from tracker.notify.transport import DeliveryProblem

TEXT = ChatText("Interim report due tomorrow", "DEMO-AI-001 · 115-08-31 (2026-08-31)\nhttps://milepost.invalid/report?obligation=7")
MESSAGE_ID = "<5a9b2c1e-0000-5000-8000-000000000001@milepost.invalid>"


@pytest.fixture
def sink(tmp_path):
    with chat_sink(tmp_path) as found:
        yield found


def every_target():
    return [
        read_target("line", LINE_TOKEN, LINE_GROUP),
        read_target("teams", TEAMS),
        read_target("slack", SLACK),
        read_target("webhook", WEBHOOK),
    ]


def test_each_service_gets_the_message_at_its_own_address(sink):
    for target in every_target():
        send(target, TEXT, sink.hosts(), message_id=MESSAGE_ID)
    line, teams, slack, webhook = sink.taken
    assert (line["host"], line["path"], line["body"]["to"]) == ("api.line.me", "/v2/bot/message/push", LINE_GROUP)
    assert line["headers"]["Authorization"] == f"Bearer {LINE_TOKEN}"
    assert teams["path"].startswith("/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01&")
    assert "sig=SECRETsignature-0123" in teams["path"]
    assert (slack["host"], slack["path"]) == ("hooks.slack.com", "/services/T0SECRET/B0SECRET/abcdefSECRET")
    assert (webhook["host"], webhook["path"], webhook["body"]["title"]) == ("chat.example.invalid", "/hooks/SECRET?room=1", TEXT.title)
    assert "obligation=7" in json.dumps([one["body"] for one in sink.taken[:3]])


def test_line_is_told_which_message_it_is_so_that_a_second_try_makes_no_second_message(sink):
    target = read_target("line", LINE_TOKEN, LINE_GROUP)
    send(target, TEXT, sink.hosts(), message_id=MESSAGE_ID)
    sink.answer = lambda path: (409, {})
    send(target, TEXT, sink.hosts(), message_id=MESSAGE_ID)
    assert {one["headers"]["X-Line-Retry-Key"] for one in sink.taken} == {"5a9b2c1e-0000-5000-8000-000000000001"}


def test_a_redirect_is_refused_and_never_followed(sink):
    sink.answer = lambda path: (302, {"Location": f"https://chat.example.invalid:{sink.port}/internal"})
    for target in every_target():
        with pytest.raises(DeliveryProblem) as problem:
            send(target, TEXT, sink.hosts(), message_id=MESSAGE_ID)
        assert problem.value.permanent
        assert problem.value.reason.startswith("302 ")
    assert len(sink.taken) == 4
    assert not [one for one in sink.taken if "internal" in one["path"]]


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (404, True), (410, True), (408, False), (429, False), (500, False)]
)
def test_what_a_service_answers_decides_whether_it_is_tried_again(sink, status, permanent):
    sink.answer = lambda path: (status, {})
    with pytest.raises(DeliveryProblem) as problem:
        send(read_target("slack", SLACK), TEXT, sink.hosts(), message_id=MESSAGE_ID)
    assert problem.value.permanent is permanent


def test_a_name_that_leads_into_a_network_is_refused_before_anything_is_sent(sink):
    for address in ("127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:192.168.1.1", "64:ff9b::a00:5", "100.64.0.1", "0.0.0.0"):
        with pytest.raises(DeliveryProblem, match=NOT_PUBLIC):
            send(read_target("slack", SLACK), TEXT, sink.hosts(inside=frozenset(), address=address), message_id=MESSAGE_ID)
    assert sink.taken == []


def test_one_bad_address_among_good_ones_is_enough_to_refuse(sink):
    both = [("93.184.215.14", 443), ("10.0.0.5", 443)]
    hosts = Hosts(chat.KNOWN_HOSTS, resolve=lambda host, port: both)
    with pytest.raises(DeliveryProblem, match=NOT_PUBLIC):
        send(read_target("slack", SLACK), TEXT, hosts, message_id=MESSAGE_ID)


def test_the_name_is_asked_for_once_and_the_connection_goes_to_that_very_answer(sink, monkeypatch):
    asked = []

    def resolve(host, port):
        asked.append(host)
        return [("127.0.0.1", sink.port)]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked.append(str(host)) or real(host, *rest, **more))
    hosts = Hosts(chat.KNOWN_HOSTS, inside=frozenset({"hooks.slack.com"}), resolve=resolve, ca=sink.ca)
    send(read_target("slack", SLACK), TEXT, hosts, message_id=MESSAGE_ID)
    assert asked == ["hooks.slack.com", "127.0.0.1"], "a second question for the name could get another answer"


def test_a_certificate_for_another_name_is_refused(sink):
    hosts = Hosts(
        frozenset({"evil.example.invalid"}),
        inside=frozenset({"evil.example.invalid"}),
        resolve=lambda host, port: [("127.0.0.1", sink.port)],
        ca=sink.ca,
    )
    with pytest.raises(DeliveryProblem, match="SSLError"):
        send(read_target("webhook", "https://evil.example.invalid/x"), TEXT, hosts, message_id=MESSAGE_ID)
    assert sink.taken == []


def test_a_webhook_goes_only_to_a_listed_host_and_port(sink):
    for address in (
        "https://elsewhere.example.invalid/x",
        "https://chat.example.invalid:8443/x",
        "https://chat.example.invalid.evil.invalid/",
    ):
        with pytest.raises(DeliveryProblem, match=NOT_LISTED):
            send(read_target("webhook", address), TEXT, sink.hosts(), message_id=MESSAGE_ID)


def test_without_tls_nothing_goes_even_to_a_listed_host():
    plain = read_target("webhook", "http://chat.example.invalid:80/x", plain=True)
    with pytest.raises(DeliveryProblem, match=NOT_TLS):
        send(plain, TEXT, Hosts(frozenset({"chat.example.invalid:80"})), message_id=MESSAGE_ID)


def test_a_host_that_no_name_server_knows_is_tried_again():
    def unknown(host, port):
        raise socket.gaierror("no such name")

    with pytest.raises(DeliveryProblem, match=NOT_FOUND) as problem:
        send(read_target("slack", SLACK), TEXT, Hosts(chat.KNOWN_HOSTS, resolve=unknown), message_id=MESSAGE_ID)
    assert not problem.value.permanent


def test_a_service_that_is_away_is_tried_again_and_no_error_names_the_address(sink, caplog):
    caplog.set_level(logging.DEBUG)
    closed = Hosts(
        frozenset({"chat.example.invalid", *chat.KNOWN_HOSTS}),
        chat.TEAMS_SUFFIXES,
        frozenset({"api.line.me", "hooks.slack.com", "prod-1.westeurope.logic.azure.com", "chat.example.invalid"}),
        resolve=lambda host, port: [("127.0.0.1", 9)],
    )
    told = []
    for target in every_target():
        with pytest.raises(DeliveryProblem) as problem:
            send(target, TEXT, closed, message_id=MESSAGE_ID)
        assert not problem.value.permanent
        assert problem.value.__cause__ is None
        told += [str(problem.value), repr(target), target.masked]
        sink.answer = lambda path: (500, {})
        with pytest.raises(DeliveryProblem) as problem:
            send(target, TEXT, sink.hosts(), message_id=MESSAGE_ID)
        told.append(str(problem.value))
    everything = "\n".join([*told, caplog.text])
    assert not [secret for secret in SECRETS if secret in everything]


def test_a_service_that_answers_letter_by_letter_holds_nothing_up(monkeypatch):
    monkeypatch.setattr(chat_guard, "ALTOGETHER", 0.3)
    over = threading.Event()

    def drip(server):
        with server, server.accept()[0] as slow, suppress(OSError):
            while not over.wait(0.02):
                slow.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    server = socket.create_server(("127.0.0.1", 0))
    here = f"127.0.0.1:{server.getsockname()[1]}"
    dripping = threading.Thread(target=drip, args=(server,))
    dripping.start()
    hosts = Hosts(frozenset({here}), inside=frozenset({here}), plain=True)
    target = read_target("webhook", f"http://{here}/SECRET", plain=True)
    began = time.monotonic()
    try:
        with pytest.raises(DeliveryProblem, match="could not be reached") as refused:
            send(target, TEXT, hosts, message_id=MESSAGE_ID)
        assert time.monotonic() - began < 60, "its own patience ends it, not the other side"
    finally:
        over.set()
        dripping.join(5)
    assert not refused.value.permanent
    assert "SECRET" not in str(refused.value)


def test_outside_of_a_passage_the_services_send_nothing():
    plugin = chat._plugin("slack", read_target("slack", SLACK).url)
    with pytest.raises(LookupError):
        plugin.send("body", "title")


def test_a_title_cannot_call_everybody_or_set_a_link(sink):
    wicked = ChatText("<!channel> *x*", "<at>all</at> <!here> https://milepost.invalid/a?b=1&c=2 [press](https://evil.invalid)")
    for target in every_target():
        send(target, chat.plain(wicked, target.service), sink.hosts(), message_id=MESSAGE_ID)
    line, *others = (json.dumps(one["body"], ensure_ascii=False) for one in sorted(sink.taken, key=lambda one: "to" not in one["body"]))
    sent = "".join(others)
    assert "<!channel> *x*" in line, "LINE shows a text as it is"
    assert not [sign for sign in ("<!", "<at>", "&lt;!", "](https://evil") if sign in sent]
    assert "https://milepost.invalid/a?b=1" in sent


@pytest.mark.parametrize(
    ("service", "address", "recipient"),
    [
        ("slack", "https://hooks.slack.com.evil.invalid/services/T/B/X", ""),
        ("slack", "https://hooks.slack.com/services/T/B/X?template=/etc/passwd", ""),
        ("slack", "http://hooks.slack.com/services/T/B/X", ""),
        ("slack", "xoxb" + "-1234-1234-token", ""),
        ("teams", TEAMS.replace("logic.azure.com", "evil.invalid"), ""),
        ("teams", TEAMS.replace("/invoke", "/../../x"), ""),
        ("teams", "workflows://prod-1.westeurope.logic.azure.com/a/b?template=/etc/passwd", ""),
        ("webhook", "ftp://chat.example.invalid/", ""),
        ("webhook", "mailto://user:pass@example.invalid", ""),
        ("webhook", "https://[::1]/", ""),
        ("webhook", "https://chat.example.invalid/\nHost: evil", ""),
        ("webhook", "https://chat.example.invalid:99999/", ""),
        ("webhook", "syslog://", ""),
        ("line", LINE_TOKEN, "everybody"),
        ("line", "short", LINE_GROUP),
    ],
)
def test_what_is_no_address_of_the_service_is_refused_when_it_is_entered(service, address, recipient):
    with pytest.raises(BadChannel):
        read_target(service, address, recipient)


def test_options_of_a_teams_address_are_dropped_so_that_none_reads_a_file(sink):
    target = read_target("teams", TEAMS + "&template=%2Fetc%2Fpasswd&verify=no&redirect=yes&image=yes")
    assert "template" not in target.url
    assert "verify" not in target.url
    assert "redirect" not in target.url


def test_a_webhooks_own_parameters_never_become_options(sink):
    send(read_target("webhook", "https://chat.example.invalid/x?verify=no&method=GET&%2Bevil=1"), TEXT, sink.hosts(), message_id=MESSAGE_ID)
    assert sink.taken[0]["path"] == "/x?verify=no&method=GET&%2Bevil=1"


def test_only_the_open_internet_is_public():
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_public("64:ff9b::5db8:d70e")
    inside = ("127.0.0.1", "192.168.0.1", "172.16.0.1", "fe80::1%eth0", "fc00::1", "224.0.0.1", "2002:7f00:1::", "255.255.255.255")
    wrapped = ("::127.0.0.1", "::ffff:0:10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "fec0::1", "::1", "::")
    assert not [address for address in inside + wrapped if is_public(address)]


def test_the_guard_stands_before_every_service():
    for target in every_target():
        chat._plugin(target.service, target.url)
    import apprise.plugins as plugins

    for name in ("line", "workflows", "slack", "custom_json"):
        assert getattr(plugins, name).requests is chat_guard.guarded
