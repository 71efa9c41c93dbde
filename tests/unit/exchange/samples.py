"""A document with one of every part, and texts that try to be more than text."""

from __future__ import annotations

import io
from datetime import date

from pypdf import PdfReader

from tracker.exchange.printed import Bullets, Facts, Heading, Note, Paragraph, PrintedDocument, Table

HOSTILE = '#evil $x$ *b* _i_ \\ <script>alert(1)</script> [a](b) @ref `c` =HYPERLINK("http://x.invalid") #import "/base.typ" //'
INVISIBLE = "左\u202e右\u0000上\u200b下\ud800\ufeff"
LONG = "https://example.invalid/" + "a" * 400


def sample(**changes) -> PrintedDocument:
    """A Chinese document; `changes` replace its parts."""
    parts = {
        "title": "第一年期中報告",
        "language": "zh_TW",
        "head": ("示範計畫", "DEMO-OWN-01"),
        "page_words": "第 {n} 頁，共 {all} 頁",
        "on": date(2026, 9, 1),
        "facts": Facts((("計畫", "示範計畫：影像判讀"), ("雜湊", "0f" * 32, "code"))),
        "blocks": (
            Heading("一、執行進度"),
            Paragraph("已完成資料蒐集。\n\n開始模型訓練。"),
            Note("請補充場域。", "warn"),
            Bullets((("論文一篇", "plain"),)),
            Table(("代碼", "名稱"), ((("C1", "plain"), ("標註影像", "strong")),), (0, 1), ("left", "right")),
        ),
    }
    return PrintedDocument(**(parts | changes))


def text_of(content: bytes) -> str:
    """Everything a PDF says, without the invisible places to break."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\u200b", "")


def pages_of(content: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
