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

REPORTS = """
format = 1
programme = "{code}"
version = "1"
checked_on = 2026-01-02

[[type]]
code = "interim"
version = "1"
kinds = ["interim_report"]
title = {{ zh = "期中報告", en = "Interim report" }}
basis = "call"
clause = "二"

[[type.section]]
id = "progress"
title = {{ zh = "執行進度", en = "Progress" }}

[[type.section.field]]
id = "state"
type = "choice"
label = {{ zh = "狀態", en = "State" }}
help = {{ zh = "擇一。", en = "Choose one." }}
choices = [{{ id = "good", zh = "正常", en = "good" }}, {{ id = "bad", zh = "落後", en = "bad" }}]

[[type.section.field]]
id = "progress"
type = "text"
label = {{ zh = "執行進度", en = "Progress" }}
help = {{ zh = "說明。", en = "Say it." }}

[[type.section.field]]
id = "patients"
type = "number"
label = {{ zh = "收案數", en = "Patients" }}
help = {{ zh = "累計。", en = "So far." }}
unit = {{ zh = "人", en = "people" }}

[[type.section.field]]
id = "met_on"
type = "date"
label = {{ zh = "開會日", en = "Met on" }}
help = {{ zh = "最近一次。", en = "The last time." }}
not_after = "today"

[[type.section.field]]
id = "risks"
type = "table"
label = {{ zh = "風險", en = "Risks" }}
help = {{ zh = "一列一項。", en = "One row each." }}
columns = [
    {{ id = "risk", type = "line", zh = "風險", en = "Risk" }},
    {{ id = "share", type = "number", zh = "機率", en = "Chance", unit = {{ zh = "%", en = "%" }}, least = 0, most = 100 }},
]

[[type.section]]
id = "checkpoints"
title = {{ zh = "查核點", en = "Checkpoints" }}
holds = "checkpoints"

[[type.check]]
id = "why"
rule = "needs_if"
severity = "error"
fields = ["state", "progress"]
when = ["bad"]
says = {{ zh = "請說明。", en = "Say why." }}

[[flow]]
id = "all"
kinds = ["interim_report"]
basis = "setting"
clause = "二"

[[flow.step]]
id = "officer"
stage = 1
who = "officer"
title = {{ zh = "承辦人審查", en = "Officer" }}

[[window]]
id = "all"
kinds = ["interim_report"]
withdraw_days = 7
basis = "setting"
clause = "二"

[outcomes]
funder_names = ["示範局"]
programme_names = ["測試專案"]
basis = "setting"
clause = "二"
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


def sound_reports(code: str = "pack") -> str:
    """The text of a reports file without problems."""
    return REPORTS.format(code=code)


def write(folder: Path, text: str, cases: str | None = CASES, reports: str | None = "") -> Path:
    """Write a pack under the name of its code, with cases and a reports file beside it unless None ("": a sound one)."""
    code = tomllib.loads(text)["code"]
    path = folder / f"{code}.toml"
    path.write_text(text, "utf-8")
    if cases is not None:
        path.with_name(f"{code}.cases.toml").write_text(cases, "utf-8")
    if reports is not None:
        path.with_name(f"{code}.reports.toml").write_text(reports or sound_reports(code), "utf-8")
    return path
