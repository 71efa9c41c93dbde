"""Word files (DOCX) of printed documents, with the fonts that Word has for Chinese on Windows, and others as its own fall-back.

What a person wrote becomes runs of text and nothing else: no field, no link, no formula comes alive. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tracker.domain.free_text import clean_text
from tracker.exchange.printed import Bullets, Facts, Figure, Heading, Note, Paragraph, PrintedDocument, Table, filled

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph as WordParagraph

LATIN, EAST_ASIAN, MONO = "Calibri", "Microsoft JhengHei", "Consolas"
_COLOURS = {"quiet": "5B6570", "good": "00734F", "warn": "B84A00", "accent": "0072B2", "banner": "B84A00"}
_NOT_XML = re.compile("[\ufffe\uffff]")
_PLACES = re.compile(r"(\{n\}|\{all\})")
_FIELDS = {"{n}": "PAGE", "{all}": "NUMPAGES"}
_SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
_BODY_CM = 17.0
_STYLES = ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "List Bullet", "Intense Quote", "Header", "Footer")


def docx(document: PrintedDocument) -> bytes:
    """The document as a DOCX file, A4."""
    from docx import Document as new_document

    word = new_document()
    _set_up(word, document)
    if document.kicker:
        _add(word.add_paragraph(), document.kicker, "quiet")
    _add(word.add_paragraph(style="Title"), document.title)
    if document.subtitle:
        _add(word.add_paragraph(style="Subtitle"), document.subtitle)
    for block in (document.facts, *document.blocks):
        _write(word, block)
    made = io.BytesIO()
    word.save(made)
    return _same_bytes(made.getvalue())


def _write(word: Document, block: Any) -> None:
    if isinstance(block, Heading):
        _add(word.add_heading(level=min(max(block.level, 1), 3)), block.text)
    elif isinstance(block, Paragraph):
        _lines(word, block.text, block.tone)
    elif isinstance(block, Note):
        _lines(word, block.text, block.tone, style="Intense Quote")
    elif isinstance(block, Bullets):
        for text, tone in block.items:
            _add(word.add_paragraph(style="List Bullet"), text, tone)
    elif isinstance(block, Facts):
        _facts(word, block)
    elif isinstance(block, Table):
        _table(word, block)
    elif isinstance(block, Figure):
        for one in block.instead:
            _write(word, one)


def _lines(word: Document, text: str, tone: str, style: str = "Normal") -> None:
    """Each line a paragraph; an empty one stays empty."""
    for line in text.split("\n"):
        _add(word.add_paragraph(style=style), line, tone)


def _facts(word: Document, facts: Facts) -> None:
    from docx.shared import Cm

    if not facts.rows:
        return
    table = word.add_table(rows=0, cols=2)
    table.autofit = False
    for row in facts.rows:
        cells = table.add_row().cells
        _add(_first(cells[0]), row[0], "quiet")
        _cell_text(cells[1], row[1], row[2] if len(row) > 2 else "plain")
        for cell, width in zip(cells, (4.0, _BODY_CM - 4.0), strict=True):
            cell.width = Cm(width)
    word.add_paragraph()


def _table(word: Document, block: Table) -> None:
    from docx.shared import Cm

    table = filled(block)
    made = word.add_table(rows=1, cols=len(table.heads), style="Table Grid")
    made.autofit = False
    shares = [width or 0.6 for width in table.widths]
    widths = [Cm(_BODY_CM * share / sum(shares)) for share in shares]
    for cell, head in zip(made.rows[0].cells, table.heads, strict=True):
        _add(_first(cell), head, "strong")
    _repeat_on_every_page(made.rows[0])
    for row in table.rows:
        for cell, (text, tone), align in zip(made.add_row().cells, row, table.align, strict=True):
            _cell_text(cell, text, tone, align)
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    word.add_paragraph()


def _cell_text(cell: Any, text: str, tone: str, align: str = "left") -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    sides = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
    for number, line in enumerate(text.split("\n")):
        paragraph = _first(cell) if number == 0 else cell.add_paragraph()
        paragraph.alignment = sides.get(align)
        _add(paragraph, line, tone)


def _first(cell: Any) -> WordParagraph:
    return cell.paragraphs[0]


def _add(paragraph: WordParagraph, text: str, tone: str = "plain") -> None:
    """A run of text, and only text: python-docx escapes it, and what XML cannot hold is dropped."""
    from docx.shared import RGBColor

    run = paragraph.add_run(_NOT_XML.sub("", clean_text(text)))
    if tone in ("strong", "banner"):
        run.bold = True
    if tone == "code":
        _fonts(run._element.get_or_add_rPr(), MONO)
    if tone in _COLOURS:
        run.font.color.rgb = RGBColor.from_string(_COLOURS[tone])


def _set_up(word: Document, document: PrintedDocument) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    section = word.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.0)
    for style in word.styles:
        if style.name in _STYLES:
            _fonts(style.element.get_or_add_rPr(), LATIN)
    normal = word.styles["Normal"]
    normal.font.size = Pt(11)
    normal.paragraph_format.space_after = Pt(4)
    normal.paragraph_format.widow_control = True
    _language(normal.element.get_or_add_rPr(), document.language)
    word.styles["Title"].font.size = Pt(20)
    word.styles["Intense Quote"].font.italic = False  # slanted Chinese is hard to read
    head = section.header.paragraphs[0]
    _add(head, "  ·  ".join(part for part in document.head if part), "quiet")
    if document.banner:
        banner = section.header.add_paragraph()
        banner.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add(banner, document.banner, "banner")
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for part in _PLACES.split((f"{document.foot}    " if document.foot else "") + document.page_words):
        _field(foot, _FIELDS[part]) if part in _FIELDS else _add(foot, part, "quiet")
    about, moment = word.core_properties, datetime(1980, 1, 1, tzinfo=UTC)
    if document.on is not None:
        moment = datetime(document.on.year, document.on.month, document.on.day, tzinfo=UTC)
    about.title, about.author, about.last_modified_by = clean_text(document.title)[:255], clean_text(document.author)[:255], ""
    about.created = about.modified = moment.replace(tzinfo=None)
    about.comments, about.language = "", document.language.replace("_", "-")


def _fonts(properties: Any, latin: str) -> None:
    """Latin and East Asian font of some run properties; theme fonts would win over both, so they go."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", EAST_ASIAN)):
        fonts.set(qn(f"w:{name}"), font)


def _language(properties: Any, language: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    mark = OxmlElement("w:lang")
    mark.set(qn("w:val"), "en-US")
    mark.set(qn("w:eastAsia"), "zh-TW")
    properties.append(mark)


def _field(paragraph: WordParagraph, name: str) -> None:
    """A page number; the only field there is, and its instruction is our own."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._element.append(field)


def _repeat_on_every_page(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _same_bytes(content: bytes) -> bytes:
    """The same archive with one fixed moment on every part: nothing of the machine's clock stays in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            target.writestr(zipfile.ZipInfo(name, _SAME_MOMENT), source.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()
