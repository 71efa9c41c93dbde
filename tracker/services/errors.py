"""What a service may refuse, as message ids and parameters: the edge turns them into the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class ServiceError(Exception):
    """Something a person can do something about. `msgid` is a gettext message id, `params` fill its places."""

    def __init__(self, msgid: str, **params: Any) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.params = params

    def __str__(self) -> str:
        return self.msgid.format(**self.params) if self.params else self.msgid


class NotFound(ServiceError):
    """The object does not exist, or the viewer may not know that it does."""

    def __init__(self, msgid: str = "Nothing was found at this address.", **params: Any) -> None:
        super().__init__(msgid, **params)


class Forbidden(ServiceError):
    """The viewer sees the object but may not do this to it."""

    def __init__(self, msgid: str = "Your role does not allow this.", **params: Any) -> None:
        super().__init__(msgid, **params)


class Stale(ServiceError):
    """Somebody else changed the object meanwhile; nothing was written."""

    def __init__(
        self, msgid: str = "Somebody changed this while you had it open. Look at the new state, then try again.", **params: Any
    ) -> None:
        super().__init__(msgid, **params)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field. `severity` is `error` (blocks) or `warning` (does not)."""

    field: str
    msgid: str
    params: dict[str, Any] = field(default_factory=dict)
    severity: str = "error"


class Invalid(ServiceError):
    """Input with problems, all of them at once; nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Please correct the fields named below.")
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{p.field}: {p.msgid.format(**p.params)}" for p in self.problems)
