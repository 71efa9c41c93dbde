"""The headers of a mail as bytes on the wire: nothing that a mail program must read by machine may be encoded or folded."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses

import pytest

from tracker.notify import mail
from tracker.notify.signed import MailLinks

AT = datetime(2026, 11, 22, 1, tzinfo=UTC)  # a Sunday


def sent(name: str = "示範主持人", **more) -> bytes:
    rendered = mail.Rendered(subject="主旨", text="text", html="<p>text</p>", **more)
    composed = mail.compose(
        rendered, sender="milepost@office.invalid", name=name, address="pi@own.invalid", message_id="<one@milepost.invalid>", at=AT,
        language="zh_TW",
    )  # fmt: skip
    return composed.as_bytes()


@pytest.mark.parametrize(
    "host", ["https://m.invalid", "https://a-long-name-of-an-installation.research-office.university.invalid/milepost"]
)
def test_the_address_of_an_unsubscribe_stands_on_the_wire_as_it_is(host: str):
    address = MailLinks(b"k" * 32, host).unsubscribe(123_456, at=AT, to="pi@own.invalid")
    headers = (("List-Unsubscribe", f"<{address}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    lines = sent(headers=headers).split(b"\r\n")
    assert f"List-Unsubscribe: <{address}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert max(map(len, lines)) <= 998


def test_a_header_with_a_line_end_is_refused():
    with pytest.raises(ValueError, match="linefeed"):
        sent(headers=(("List-Unsubscribe", "<https://m.invalid/act/x>\r\nBcc: other@foreign.invalid"),))


@pytest.mark.parametrize(
    "name",
    [
        "示範主持人",
        "Chen",
        "",
        "Office of Research and Development, Grants Section (National Example University of Medicine and Technology)",
        "x@foreign.invalid, " * 8,
        '"' * 70 + " <x@foreign.invalid>, ",
        "=?utf-8?q?x?= " + "a" * 90 + ", x@foreign.invalid",
        "A" * 400,
        "王，小明 (承辦); <x@foreign.invalid>" * 6,
    ],
)
def test_no_name_however_long_adds_an_address(name: str):
    content = sent(name)
    ((said, address),) = getaddresses([unfolded(content, "To")])
    assert (str(make_header(decode_header(said))), address) == (mail.one_line(name), "pi@own.invalid")
    assert [one.addr_spec for one in message_from_bytes(content, policy=default)["To"].addresses] == ["pi@own.invalid"]
    assert max(map(len, content.split(b"\r\n"))) <= 998


def unfolded(content: bytes, header: str) -> str:
    return message_from_bytes(content)[header].replace("\r\n", "")
