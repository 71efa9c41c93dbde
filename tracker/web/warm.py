"""What a server does once before its first visitor: the heavy libraries, the sockets, the memory that stays.

The libraries are loaded before anybody is served, never beside a page: plotly looks for pandas among the loaded modules, and fails on one
that another thread has only half loaded.
"""

from __future__ import annotations

import gc
import importlib
import socket

_HEAVY = ("argon2", "pandas", "pyarrow", "plotly.graph_objects")


def import_heavy_modules() -> None:
    """Load what the first chart or table would load."""
    for name in _HEAVY:
        importlib.import_module(name)


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
