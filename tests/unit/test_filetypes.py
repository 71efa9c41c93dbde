"""Which files are kept, told by their bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from tracker.store import filetypes
from tracker.store.filetypes import FileRefused, check_file, clean_filename

PDF = b"%PDF-1.7\n%%EOF"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
_MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}


def package(members: dict[str, bytes], *, stored: bool = False) -> bytes:
    """A zip with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def office(kind: str, **more: bytes) -> bytes:
    """A small office file of a kind."""
    types = f'<Types><Override ContentType="{_MAIN[kind]}"/></Types>'.encode()
    return package({"[Content_Types].xml": types, "word/document.xml": b"<w/>"} | more)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("報告.pdf", PDF, "application/pdf"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a.docx", office("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", office("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.ods", package({"mimetype": ODS.encode()}, stored=True), ODS),
        ("a.csv", "\ufeff計畫,金額\n甲,1".encode(), "text/csv"),
        ("a.csv", "計畫,金額\n甲,1".encode("cp950"), "text/csv"),
        ("a.txt", "純文字".encode(), "text/plain"),
    ],
)  # fmt: skip
def test_a_plain_file_is_kept_under_our_own_word_for_its_type(name, content, media_type):
    assert check_file(name, content).media_type == media_type


def _bomb() -> bytes:
    return package({"[Content_Types].xml": b"<x/>", "big.xml": b"0" * 3_000_000})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"), ("a.html", b"<html>"), ("a.svg", b"<svg/>"), ("a.zip", package({"x": b""})), ("a", b"x"), ("a.pdf", b""),
        ("a.pdf", b"junk" + PDF), ("a.pdf", b"<html><script>"), ("a.png", PDF), ("a.jpg", PNG),
        ("a.pdf.exe", PDF), ("a.doc", b"\xd0\xcf\x11\xe0"),
        ("a.docx", office("xlsx")), ("a.docx", package({"x": b"y"})), ("a.docx", b"PK\x03\x04broken"), ("a.docx", PDF),
        ("a.docx", office("docx", **{"word/vbaProject.bin": b"x"})), ("a.xlsx", office("xlsx", **{"xl/externalLinks/1.xml": b"x"})),
        ("a.docx", office("docx", **{"word/activeX/a.bin": b"x"})), ("a.docx", office("docx", **{"word/embeddings/o.bin": b"x"})),
        ("a.docx", office("docx", **{"../evil": b"x"})), 
        ("a.docx", office("docx", **{"/etc/evil": b"x"})), ("a.docx", office("docx", **{"in.zip": b"x"})),
        ("a.docx", package({"[Content_Types].xml": f'"{_MAIN["docx"]}" macroEnabled'.encode()})),
        ("a.xlsx", _bomb()), ("a.csv", b"a\x00b"), ("a.csv", b"<!DOCTYPE html><script>"), ("a.txt", b"\xff\xff\xff\xff"),
        ("a.odt", package({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})),
    ],
)  # fmt: skip
def test_anything_else_is_refused(name, content):
    with pytest.raises(FileRefused):
        check_file(name, content)


def test_a_file_of_exactly_the_limit_is_kept_and_one_byte_more_is_not():
    filler = PDF + b"0" * (filetypes.MAX_BYTES - len(PDF))
    assert check_file("a.pdf", filler).filename == "a.pdf"
    with pytest.raises(FileRefused):
        check_file("a.pdf", filler + b"0")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("C:\\temp\\報告.pdf", "報告.pdf"), ("evil\u202efdp.exe.pdf", "evilfdp.exe.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"), ("  a   b .pdf", "a b .pdf"), ("e\u0301.pdf", "é.pdf"), (".pdf", "pdf"),
    ],
)  # fmt: skip
def test_a_name_is_only_ever_a_name(name, kept):
    assert clean_filename(name) == kept


def test_a_long_name_keeps_its_extension():
    kept = clean_filename("長" * 300 + ".pdf")
    assert kept.endswith(".pdf")
    assert len(kept.encode()) <= filetypes.MAX_NAME


@pytest.mark.parametrize("name", ["", "...", "\u202e", "/", "\x00"])
def test_a_name_of_nothing_is_refused(name):
    with pytest.raises(FileRefused):
        clean_filename(name)
