"""A small sound pack to bend in tests."""

from __future__ import annotations

import tomllib
from pathlib import Path

SOUND = """
format = 1
code = "{code}"
version = "1"
title_zh = "測試專案"
title_en = "Test programme"
authority_zh = "示範局"
authority_en = "Demonstration Agency"
checked_on = 2026-01-02
effective_from = 2026-01-01
application_closes_on = 2025-11-03

[[source]]
id = "test-call"
title = "測試公告"
publisher = "示範局"
published = "115-01-01"
url = "https://demo-agency.invalid/"

[term]
years = 3
source = "test-call"
clause = "一"
wording = "為期三年"
gloss_en = "Three years."

[[rule]]
id = "interim_report"
kind = "interim_report"
duty = true
title_zh = "期中報告"
title_en = "Interim report"
per = "year"
years = "all_but_last"
instantiate = "per_year"
discharged_by = "milepost"

[[rule.version]]
effective_from = 2026-01-01
checked_on = 2026-01-02
source = "test-call"
clause = "二"
wording = "期滿前二個月繳交"
gloss_en = "Two months before the year expires."
status = "dated"
confidence = "stated"
basis = "call"
direction = "before"
anchor = "year_end"
months = 2
"""

NOTICE = """
[[rule]]
id = "year_end_notice"
kind = "year_end_notice"
duty = false
title_zh = "提醒"
title_en = "Notice"
per = "year"
years = "without_interim"
instantiate = "per_year"
discharged_by = "milepost"

[[rule.version]]
effective_from = 2026-01-01
checked_on = 2026-01-02
source = "test-call"
related_clause = "二"
wording = "期滿前二個月繳交"
gloss_en = "A reminder."
status = "dated"
confidence = "derived"
basis = "setting"
direction = "before"
anchor = "year_end"
months = 2
"""

CASES = """
[[case]]
name = "one"
start = 2026-01-01
end = 2028-12-31
expect = []
"""


def sound(code: str = "pack") -> str:
    """The text of a pack without problems."""
    return SOUND.format(code=code)


def write(folder: Path, text: str, cases: str | None = CASES) -> Path:
    """Write a pack under the name of its code, with cases beside it unless None."""
    code = tomllib.loads(text)["code"]
    path = folder / f"{code}.toml"
    path.write_text(text, "utf-8")
    if cases is not None:
        path.with_name(f"{code}.cases.toml").write_text(cases, "utf-8")
    return path
