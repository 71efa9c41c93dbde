"""What a server does once so that visitors do not wait for it: sockets at once, the heavy libraries when the first page is out.

Loading them before the first page made a cold start twice as long for libraries that only charts and tables need.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import socket

_HEAVY = ("argon2", "pandas", "pyarrow", "plotly.graph_objects")
WAIT_SECONDS = 3.0
"""How long a server that has just started is left to its first visitor."""


async def warm_up_later() -> None:
    """Load the heavy libraries in a thread, one after the other, and take them out of the garbage collector's rounds."""
    await asyncio.sleep(WAIT_SECONDS)
    for name in _HEAVY:
        await asyncio.to_thread(importlib.import_module, name)
    freeze_memory()


def send_small_answers_at_once() -> int:
    """Set TCP_NODELAY on the listening sockets, whose connections inherit it; returns how many.

    `streamlit run` binds them in a way that leaves Nagle's algorithm on: 40 ms more for every small rerun.
    """
    found = 0
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and _is_tcp_listener(thing):
            thing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found += 1
    return found


def freeze_memory() -> None:
    """Take everything that is loaded by now out of the garbage collector's rounds: it stays for ever anyway."""
    gc.collect()
    gc.freeze()


def _is_tcp_listener(thing: socket.socket) -> bool:
    try:
        is_tcp = thing.family in (socket.AF_INET, socket.AF_INET6) and thing.type == socket.SOCK_STREAM
        return is_tcp and bool(thing.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # closed meanwhile
        return False
