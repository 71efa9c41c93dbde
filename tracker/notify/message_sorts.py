"""All sorts of messages there are, wherever their words stand."""

from __future__ import annotations

from tracker.notify.alert_sorts import ALERTS
from tracker.notify.digest import SORTS as DIGESTS
from tracker.notify.notice_wording import SORTS as NOTICES
from tracker.notify.sorts import Slot, Sort

SORTS: dict[str, Sort] = {**ALERTS, **NOTICES, **DIGESTS}
"""By name, in the order in which an editor meets them."""


def named(name: str) -> Slot:
    """The slot of a name: "before/T-30" is that sort at that stage, "before" at every other, "before@final_report" for that kind.

    Raises KeyError for a name that no words can have.
    """
    base, _, kind = name.partition("@")
    sort = SORTS[base.split("/")[0]]
    if name not in sort.names and name not in sort.names_of_kinds:
        raise KeyError(name)
    return Slot(sort, base.removeprefix(sort.name).removeprefix("/"), kind)
