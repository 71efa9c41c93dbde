"""Writers without a browser: each holds one websocket on a page, types into one text area and waits until her text is answered."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

THINK_SECONDS = 5.0
"""Mean pause between two saves of one writer: a field saves itself 1.5 s after the last key and every 10 s while typing goes on."""


@dataclass(frozen=True)
class Seat:
    """Where one writer sits: the page with its query, her cookie, and how the key of her text area begins."""

    port: int
    page: str
    query: str
    cookie: str
    field_key: str


@dataclass
class Taken:
    """Seconds of every first page and of every save, and the last text that was answered, by writer."""

    first: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    acknowledged: dict[int, str] = field(default_factory=dict)
    failed: int = 0


_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


async def _run(socket: ClientConnection, ask: BackMsg) -> tuple[str, dict[str, str]]:
    """Send, and read until the script has finished: the hash of the page, and the ids of its text areas with their fragments'."""
    await socket.send(ask.SerializeToString())
    page_hash, areas = "", {}
    while True:
        message = ForwardMsg()
        message.ParseFromString(await socket.recv())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            page_hash = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "text_area":
            areas[message.delta.new_element.text_area.id] = message.delta.fragment_id
        elif kind == "script_finished" and message.script_finished in _FINISHED:
            return page_hash, areas


async def _write(number: int, seat: Seat, until: float, taken: Taken, chance: random.Random) -> None:
    headers = {"Cookie": seat.cookie} if seat.cookie else {}
    address = f"ws://127.0.0.1:{seat.port}/_stcore/stream"
    async with connect(address, additional_headers=headers, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
        ask = BackMsg()
        ask.rerun_script.page_name, ask.rerun_script.query_string = seat.page, seat.query
        begun = time.perf_counter()
        page_hash, areas = await _run(socket, ask)
        taken.first.append(time.perf_counter() - begun)
        area = next(one for one in areas if seat.field_key in one)
        turn = 0
        while True:
            await asyncio.sleep(chance.expovariate(1 / THINK_SECONDS))
            if time.perf_counter() > until:
                return
            turn += 1
            typed = f"第 {turn} 次儲存，計畫 {number}。" * 20
            ask = BackMsg()
            ask.rerun_script.page_script_hash, ask.rerun_script.query_string = page_hash, seat.query
            ask.rerun_script.fragment_id = areas[area]  # as the browser does: a field draws itself anew alone
            state = ask.rerun_script.widget_states.widgets.add()
            state.id, state.string_value = area, typed
            begun = time.perf_counter()
            await _run(socket, ask)
            taken.saves.append(time.perf_counter() - begun)
            taken.acknowledged[number] = typed


async def crowd(seats: list[Seat], seconds: float, arrive_seconds: float = 10.0) -> Taken:
    """Every writer at once, arriving within `arrive_seconds`, each for `seconds` after the last arrival. A writer who breaks is counted."""
    taken = Taken()
    until = time.perf_counter() + arrive_seconds + seconds

    async def one(number: int, seat: Seat) -> None:
        chance = random.Random(number)
        await asyncio.sleep(chance.uniform(0, arrive_seconds))
        try:
            await _write(number, seat, until, taken, chance)
        except Exception as error:  # the measurement goes on; the table says how many broke, and the first says why
            if not taken.failed:
                print(f"a writer broke: {type(error).__name__}: {error}"[:200])
            taken.failed += 1

    await asyncio.gather(*(one(number, seat) for number, seat in enumerate(seats)))
    return taken
