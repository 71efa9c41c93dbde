"""The frame of every mail's HTML page: one column, at home on a phone, with no address of anything to load."""

from __future__ import annotations

from html import escape
from string import Template

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title></head>
<body style="margin:0;background:#f3f5f7;color:#1c2733;\
font-family:'Noto Sans TC','PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',Helvetica,Arial,sans-serif;line-height:1.6">
<div style="max-width:600px;margin:0 auto;padding:20px 12px">
<div style="background:#ffffff;border:1px solid #d8dee4;border-radius:8px;padding:20px 16px">
<h1 style="font-size:19px;line-height:1.45;margin:0 0 14px;overflow-wrap:anywhere">$heading</h1>
<p style="margin:0 0 8px">$greeting</p>
$body
</div>
<p style="font-size:13px;color:#57636f;margin:12px 4px;overflow-wrap:anywhere">$footer</p>
</div></body></html>
""")


def language_tag(chinese: bool) -> str:
    """The language of a page, as HTML names it."""
    return "zh-Hant-TW" if chinese else "en"


def page(*, chinese: bool, title: str, heading: str, greeting: str, body: str, footer: str) -> str:
    """One whole page. `title` and `greeting` are text; `heading`, `body` and `footer` are HTML that the caller has escaped."""
    parts = {"heading": heading, "body": body, "footer": footer}
    return _PAGE.substitute(lang=language_tag(chinese), title=escape(title), greeting=escape(greeting), **parts)
