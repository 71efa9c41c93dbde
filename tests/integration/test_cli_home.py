"""Setting up, serving and adding people from the command line."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.integration.cli_support import command, process_environment, run_tracker, tree_of
from tracker.bootstrap import open_desk
from tracker.cli import parser
from tracker.config import ROOT, Settings
from tracker.i18n import Translator
from tracker.services.accounts import sign_in
from tracker.services.errors import ServiceError
from tracker.services.viewer import SYSTEM

TEMPLATE = ROOT / "data" / "samples" / "project-import.csv"


def can_sign_in(home: Path, email: str, password: str) -> bool:
    desk = open_desk(Settings(home=home))
    try:
        sign_in(desk.context(SYSTEM), email=email, password=password, origin="127.0.0.1", user_agent="", at=desk.clock.now())
    except ServiceError:
        return False
    finally:
        desk.store.dispose()
    return True


def people(home: Path) -> dict[str, list[str]]:
    return {row["email"]: row["roles"] for row in json.loads(run_tracker("user", "list", "--json", home=home)[1])}


# --- init -----------------------------------------------------------------------------------------------------------------------


def test_init_makes_a_home_for_its_owner_only_and_can_be_repeated(tmp_path):
    home = tmp_path / "new" / "home"
    assert run_tracker("init", home=home)[0] == 0
    assert json.loads((home / "home.json").read_text()) == {"kind": "real"}
    assert home.stat().st_mode & 0o077 == 0
    assert run_tracker("init", home=home)[0] == 0


def test_init_adds_the_first_administrator_who_can_sign_in(tmp_path):
    code, _, _ = run_tracker("init", "--admin", "Admin@office.invalid", home=tmp_path / "home", TRACKER_PASSWORD=PASSWORD)
    assert (code, people(tmp_path / "home")) == (0, {"admin@office.invalid": ["administrator"]})
    assert can_sign_in(tmp_path / "home", "admin@office.invalid", PASSWORD)


def test_init_refuses_a_weak_password_and_says_why(tmp_path):
    code, _, err = run_tracker("init", "--admin", "a@office.invalid", home=tmp_path / "home", TRACKER_PASSWORD="short")
    assert (code, people(tmp_path / "home")) == (1, {})
    assert err.startswith("password: ")


def test_a_secret_that_protects_nothing_is_refused_in_words(tmp_path):
    code, _, err = run_tracker(
        "init", "--admin", "a@office.invalid", home=tmp_path / "home", TRACKER_PASSWORD=PASSWORD, TRACKER_SECRET_KEY="short"
    )
    assert (code, err) == (2, "tracker: TRACKER_SECRET_KEY needs at least 32 characters\n")


def test_init_leaves_a_demo_home_alone(tmp_path):
    (tmp_path / "home.json").write_text('{"kind": "demo", "demo_day": "2026-09-01"}')
    (tmp_path / "log").mkdir()
    before = tree_of(tmp_path)
    assert run_tracker("init", home=tmp_path)[0] == 2
    assert tree_of(tmp_path) == before


# --- user -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    run_tracker("init", home=tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("role", "programme"),
    [("administrator", None), ("auditor", None), ("officer", "most-109-clinical-ai"), ("chief", "hsp-115-smart-health"), (None, None)],
)
def test_a_person_is_added_with_her_role_and_a_temporary_password(home, role, programme):
    words = ["user", "add", "new@office.invalid", "--name", "示範新人", "--temporary"]
    words += ["--role", role] if role else []
    words += ["--programme", programme] if programme else []
    code, out, _ = run_tracker(*words, home=home, TRACKER_LANGUAGE="en")
    assert (code, people(home)) == (0, {"new@office.invalid": [role] if role else []})
    password = out.splitlines()[-1].rsplit(" ", 1)[-1]
    assert can_sign_in(home, "new@office.invalid", password)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--role", "officer"], 2),
        (["--role", "auditor", "--programme", "most-109-clinical-ai"], 2),
        (["--programme", "most-109-clinical-ai"], 2),
        (["--role", "king"], 2),
        (["--role", "officer", "--programme", "no-such-call"], 1),
    ],
)
def test_a_role_that_does_not_fit_adds_nobody(home, words, status):
    assert run_tracker("user", "add", "new@office.invalid", "--temporary", *words, home=home)[0] == status
    assert people(home) == {}


def test_an_address_that_is_none_is_refused(home):
    code, _, err = run_tracker("user", "add", "nobody", "--temporary", home=home)
    assert code == 1
    assert err.startswith("email: ")


def test_somebody_who_came_with_an_import_gets_her_password_and_role(home):
    run_tracker("project", "import", str(TEMPLATE), home=home)
    assert not can_sign_in(home, "pi-a@sample.invalid", PASSWORD)
    assert run_tracker("user", "add", "pi-a@sample.invalid", home=home, TRACKER_PASSWORD=PASSWORD)[0] == 0
    assert can_sign_in(home, "pi-a@sample.invalid", PASSWORD)
    assert people(home)["pi-a@sample.invalid"] == ["pi"]
    for _ in range(2):
        assert run_tracker("user", "add", "officer@sample.invalid", "--role", "auditor", "--temporary", home=home)[0] == 0
    assert people(home)["officer@sample.invalid"] == ["auditor", "officer"]


def test_without_a_home_nothing_is_made(tmp_path):
    for words in (["user", "add", "a@b.invalid", "--temporary"], ["user", "list"], ["project", "list"], ["serve"], ["audit", "verify"]):
        assert run_tracker(*words, home=tmp_path / "none")[0] == 2, words
    assert not (tmp_path / "none").exists()


# --- help -----------------------------------------------------------------------------------------------------------------------


def verbs(found: argparse.ArgumentParser, path: str = "tracker"):
    """Every command that can be given, with its parser."""
    inner = [action for action in found._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner or any(not action.required for action in inner):
        yield path, found
    for action in inner:
        for name, one in action.choices.items():
            yield from verbs(one, f"{path} {name}")


@pytest.mark.parametrize(("path", "found"), [pytest.param(path, found, id=path) for path, found in verbs(parser())])
def test_every_command_has_help_with_an_example_of_itself(path, found):
    help_text = " ".join(found.format_help().split())
    assert "xample: " in help_text
    assert path in help_text.split("xample: ", 1)[1]


# --- serve ----------------------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(home: Path):
    port = free_port()
    process = subprocess.Popen(
        command("serve", "--port", str(port)),
        env=process_environment(home, TRACKER_LANGUAGE="en"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert process.stdout.readline().decode().startswith("Milepost: http://127.0.0.1:")
        health(port)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=90)
        process.stdout.close()


def health(port: int, patience: float = 120) -> dict:
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                assert answer.status == 200
                return json.loads(answer.read())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def workers(server: int) -> list[int]:
    return [child for child in children(server) if b"tracker.companion" in _command_line(child)]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # it ended in this moment


def wait_for(what, patience: float = 180):
    until = time.monotonic() + patience
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@needs_proc
@pytest.mark.slow
def test_serve_answers_and_ends_with_its_worker_on_sigterm(home):
    with serving(home) as (server, port):
        wait_for(lambda: workers(server.pid))
        worker = workers(server.pid)[0]
        assert health(port)
        server.terminate()
        assert server.wait(timeout=180) in (0, -signal.SIGTERM)
        wait_for(lambda: not alive(worker))


@needs_proc
@pytest.mark.slow
def test_a_killed_server_leaves_no_worker_behind(home):
    with serving(home) as (server, _):
        wait_for(lambda: workers(server.pid))
        worker = workers(server.pid)[0]
        os.kill(server.pid, signal.SIGKILL)
        server.wait(timeout=90)
        wait_for(lambda: not alive(worker))


@needs_proc
@pytest.mark.slow
def test_a_worker_that_dies_is_started_again(home):
    with serving(home) as (server, _):
        wait_for(lambda: workers(server.pid))
        first = workers(server.pid)[0]
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: workers(server.pid) and workers(server.pid) != [first])


def test_serve_refuses_a_port_in_use_and_an_open_address_without_tls(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run_tracker("serve", "--port", str(taken.getsockname()[1]), home=home)[0] == 2
    code, _, err = run_tracker("serve", "--address", "0.0.0.0", "--port", str(free_port()), home=home, TRACKER_LANGUAGE="en")
    assert code == 2
    assert "TLS" in err
    assert run_tracker("serve", "--port", "99999", home=home)[0] == 2


def test_the_command_line_speaks_chinese_first(home):
    assert run_tracker("project", "list", home=home / "none")[2].strip() == Translator("zh_TW").text(
        "There is no home at {home}: run `tracker init` first.", home=str(home / "none")
    )
