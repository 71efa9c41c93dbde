"""All programmes of an installation, by code: the packs on disk and the versions that projects were signed under."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tracker.programmes.load import load, load_text
from tracker.programmes.model import Problem, Programme, ProgrammeError, UnknownProgramme
from tracker.programmes.report_files import build
from tracker.programmes.report_lint import lint_chain
from tracker.programmes.report_merge import read_chain
from tracker.programmes.report_types import ReportsFile
from tracker.programmes.resolve import finder, pack_paths


class Registry:
    """The packs below some folders, loaded once. Immutable to its users; `with_stored` gives a new one."""

    def __init__(self, *folders: Path):
        """Load every pack below the folders. Raises ProgrammeError with the problems of all of them together."""
        self.folders = tuple(folders)
        self._current: dict[str, Programme] = {}
        self._versions: dict[tuple[str, str], Programme] = {}
        self._reports: dict[str, ReportsFile] = {}
        find, problems = finder(*folders), []
        for path in pack_paths(*folders):
            try:
                programme = load(path, find)
            except ProgrammeError as error:
                problems += error.problems
                continue
            if programme.code in self._current:
                problems.append(Problem(str(path), "code", f"there is another pack {programme.code!r}; give one of them another code"))
            self._current[programme.code] = programme
            self._versions[programme.code, programme.version] = programme
            chain, found = read_chain([*programme.lineage, programme.code], find)
            found += lint_chain(chain, set() if programme.abstract else {rule.kind for rule in programme.rules})
            problems += found
            if not found:
                self._reports[programme.code] = build(programme.code, [table for _, table in chain])
        if problems:
            raise ProgrammeError(list(dict.fromkeys(problems)))

    def with_stored(self, texts: Iterable[str]) -> Registry:
        """This registry together with versions that `dump` wrote; a stored version never replaces the current pack of `get(code)`.

        Raises ProgrammeError where a text is not a programme.
        """
        other = Registry()
        other.folders, other._current, other._versions = self.folders, dict(self._current), dict(self._versions)
        other._reports = self._reports
        for text in texts:
            programme = load_text(text)
            other._versions[programme.code, programme.version] = programme
            other._current.setdefault(programme.code, programme)
        return other

    def get(self, code: str, version: str | None = None) -> Programme:
        """The programme with this code, in this version or (None) as its pack stands now. Raises UnknownProgramme."""
        found = self._current.get(code) if version is None else self._versions.get((code, version))
        if found is None:
            raise UnknownProgramme(code if version is None else f"{code} {version}", self.codes())
        return found

    def reports(self, code: str) -> ReportsFile:
        """The forms, review steps, windows and outcome rules of a programme as they stand now.

        A programme whose pack is gone has those of the nearest one of its lineage; one without any has the two first forms.
        Raises UnknownProgramme.
        """
        if code in self._reports:
            return self._reports[code]
        programme = self.get(code)
        near = next((self._reports[one] for one in reversed(programme.lineage) if one in self._reports), None)
        return near or build(code, ())

    def all(self) -> tuple[Programme, ...]:
        """Every programme that a project can be signed under, by code. General rules (`abstract`) are not among them."""
        return tuple(self._current[code] for code in sorted(self._current) if not self._current[code].abstract)

    def codes(self) -> tuple[str, ...]:
        """The codes of `all()`."""
        return tuple(programme.code for programme in self.all())
