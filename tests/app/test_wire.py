"""What the browser tests wait by: a page is quiet when all that it asked is answered, in whatever order that comes."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests import wire as wires
from tests.wire import Wire


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(wires.time, "monotonic", lambda: now[0])
    return now


def told(*what: str) -> Wire:
    """A wire over which this went: `ask` to the server; `begin`, `end` and `cut` (ended for the next run) of its runs."""
    wire = Wire()
    for one in what:
        go(wire, one)
    return wire


def go(wire: Wire, one: str) -> None:
    if one == "ask":
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        wire._sent(ask.SerializeToString())
        return
    answer = ForwardMsg()
    if one == "begin":
        answer.new_session.page_script_hash = "1"
    else:
        answer.script_finished = ForwardMsg.FINISHED_EARLY_FOR_RERUN if one == "cut" else ForwardMsg.FINISHED_SUCCESSFULLY
    wire._received(answer.SerializeToString())


@pytest.mark.parametrize(
    "went",
    [("ask",), ("ask", "begin"), ("ask", "begin", "cut"), ("ask", "begin", "ask", "end"), ("ask", "begin", "ask", "end", "begin")],
)
def test_a_page_that_waits_for_an_answer_is_not_quiet(machine: list[float], went: tuple[str, ...]):
    assert not told(*went).is_quiet


@pytest.mark.parametrize(
    "went", [(), ("ask", "begin", "end"), ("ask", "begin", "cut", "begin", "end"), ("ask", "begin", "ask", "end", "begin", "end")]
)
def test_a_page_that_has_every_answer_is_quiet(machine: list[float], went: tuple[str, ...]):
    assert told(*went).is_quiet


def test_of_three_that_were_asked_the_last_may_still_be_answered_when_the_second_is(machine: list[float]):
    wire = told("ask", "begin", "ask", "ask", "end", "begin", "end")
    assert not wire.is_quiet
    machine[0] += 2
    assert wire.is_quiet, "one answer was for both"


def test_what_is_asked_between_two_answers_may_have_one_of_its_own(machine: list[float]):
    assert not told("ask", "begin", "ask", "end", "ask", "begin", "end").is_quiet


def test_a_slow_server_is_waited_for_as_long_as_it_has_taken_before(machine: list[float]):
    wire = told("ask")
    machine[0] += 4
    for one in ("begin", "ask", "end"):
        go(wire, one)
    machine[0] += 7
    assert not wire.is_quiet
    machine[0] += 1
    assert wire.is_quiet
