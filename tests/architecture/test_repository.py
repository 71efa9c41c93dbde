"""What may lie in the repository: only the project itself, readable by a stranger on another machine."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.architecture.source import ROOT

TOP_LEVEL = {
    ".ci", ".gitattributes", ".gitignore", ".streamlit", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "app.py", "benchmarks",
    "constraints.txt", "data", "docs", "pages", "pyproject.toml", "tests", "tracker",
}  # fmt: skip
LARGEST = 1_000_000
PICTURES = "docs/images/"

#: Put together here, so that this file does not find itself.
NOT_OURS = {
    "a package index": "|".join((r"py" + r"pi\.org", r"files\.python" + "hosted", r"index" + r"-url", r"registry\.npm" + "js")),
    "a path of one machine": "|".join(
        (r"(?<![\w.])/wo" + r"rk/", r"/ho" + r"me/\w+/", r"/ro" + r"ot/", r"/tm" + r"p/mp", r"[A-Z]:\\Us" + "ers")
    ),
    "a secret": "|".join(("BEGIN [A-Z ]*PRIVATE" + " KEY", "AK" + "IA[0-9A-Z]{16}", "gh" + "p_[A-Za-z0-9]{30}", "xox" + "[bp]-[0-9]")),
    "how it was written": "|".join(
        (r"\bAI assis" + "tant", r"\blanguage mo" + r"del\b", r"\bLL" + r"M\b", r"\bChat" + "GPT", r"\bClau" + r"de\b")
    ),
}


def tracked() -> list[str]:
    """The names of all files in version control; of all files here where this is no clone."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git clone")
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_top_level_holds_only_what_is_meant_to_be_there():
    assert {name.split("/")[0] for name in tracked()} <= TOP_LEVEL


def test_no_file_is_large():
    sizes = {name: (ROOT / name).stat().st_size for name in tracked() if not name.startswith(PICTURES)}
    assert not {name: size for name, size in sizes.items() if size > LARGEST}


@pytest.mark.parametrize("kind", NOT_OURS)
def test_no_file_names(kind):
    pattern = re.compile(NOT_OURS[kind])
    found = []
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" in content[:8000]:
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{name}:{number}: {match.group()}")
    assert not found
