"""Decides from the bytes whether a file may be kept. Nothing of it is opened, rendered or unpacked to disk.

The common sniffers call a document with macros a plain one, and let polyglots pass (measured on 22 samples); so the
type must be on a short list, its signature must stand at the very first byte, and a package must hold the right main
part, no macro, and nothing that unpacks to much more than it is.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 20 * 1024 * 1024
MAX_NAME = 255
_MAX_MEMBERS = 2_000
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_RATIO = 100
_RATIO_FROM = 1024 * 1024  # small members compress well by nature

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

#: Extension → (media type, how it is told, what the main part must be).
_TYPES: dict[str, tuple[str, str, str]] = {
    "pdf": ("application/pdf", "magic", "%PDF-"),
    "png": ("image/png", "magic", "\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", "magic", "\xff\xd8\xff"),
    "jpeg": ("image/jpeg", "magic", "\xff\xd8\xff"),
    "docx": (_OOXML + "wordprocessingml.document", "ooxml", _OOXML + "wordprocessingml.document.main+xml"),
    "xlsx": (_OOXML + "spreadsheetml.sheet", "ooxml", _OOXML + "spreadsheetml.sheet.main+xml"),
    "pptx": (_OOXML + "presentationml.presentation", "ooxml", _OOXML + "presentationml.presentation.main+xml"),
    "odt": (_ODF + "text", "odf", _ODF + "text"),
    "ods": (_ODF + "spreadsheet", "odf", _ODF + "spreadsheet"),
    "csv": ("text/csv", "text", ""),
    "txt": ("text/plain", "text", ""),
}
ALLOWED = tuple(sorted(_TYPES))

_UNWANTED_MEMBER = re.compile(r"vbaproject|activex|externallinks/|embeddings/.*\.(bin|exe|ole)|^basic/|^scripts/", re.IGNORECASE)
_UNWANTED_CONTENT = (b"macroenabled", b"vbaproject")


class FileRefused(ValueError):
    """The file is not kept; `msgid` and `params` say why and what to do."""

    def __init__(self, msgid: str, **params: Any) -> None:
        super().__init__(msgid.format(**params))
        self.msgid = msgid
        self.params = params


@dataclass(frozen=True)
class CheckedFile:
    """A file that passed: the name as it is kept, and our own word for its type."""

    filename: str
    media_type: str


def clean_filename(name: str) -> str:
    """The name as it is stored and shown: NFC, no folders, no control or direction marks, at most 255 bytes.

    It never becomes a name on disk. Raises FileRefused when nothing is left.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    plain = " ".join(plain.split()).strip(". ")
    if not plain:
        raise FileRefused("The file has no usable name. Rename it and upload it again.")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        stem, extension = plain, ""
    room = MAX_NAME - len((dot + extension).encode())
    return stem.encode()[: max(room, 1)].decode(errors="ignore") + dot + extension


def check_file(name: str, content: bytes) -> CheckedFile:
    """What the file is, decided by its bytes. Raises FileRefused for anything that is not plainly one of `ALLOWED`."""
    filename = clean_filename(name)
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if extension not in _TYPES:
        raise FileRefused("Files of this type are not accepted. Accepted are: {allowed}.", allowed=", ".join(ALLOWED))
    if not content:
        raise FileRefused("The file is empty.")
    if len(content) > MAX_BYTES:
        raise FileRefused("The file is larger than {megabytes} MB.", megabytes=MAX_BYTES // 1024 // 1024)
    media_type, told_by, wanted = _TYPES[extension]
    if told_by == "magic":
        right = content.startswith(wanted.encode("latin-1"))
    elif told_by == "text":
        right = _is_text(content)
    else:
        right = _is_package(content, told_by, wanted)
    if not right:
        raise FileRefused("The content is not what the name says ({extension}). Save it again in that format.", extension=extension)
    return CheckedFile(filename, media_type)


def _is_text(content: bytes) -> bool:
    """Text in UTF-8 or in the Chinese encodings that spreadsheets still write, without the signs of a binary file."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    if b"\x00" in content or content[:512].lstrip().lower().startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"%pdf")):
        return False
    for encoding in ("utf-8", "cp950", "big5hkscs"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_package(content: bytes, told_by: str, wanted: str) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            _refuse_unsafe(members)
            if told_by == "odf":
                return _beginning(package, "mimetype", 200) == wanted.encode()
            parts = _beginning(package, "[Content_Types].xml", 2 * 1024 * 1024)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError):
        return False
    if any(sign in parts.lower() for sign in _UNWANTED_CONTENT):
        raise FileRefused("The file carries macros. Save it without them and upload it again.")
    return f'"{wanted}"'.encode() in parts


def _refuse_unsafe(members: list[zipfile.ZipInfo]) -> None:
    """The checks that must come before anything is read: names, macros, and how much it would unpack to."""
    if len(members) > _MAX_MEMBERS or sum(m.file_size for m in members) > _MAX_UNPACKED:
        raise FileRefused("The file unpacks to far more than it should.")
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise FileRefused("The file holds names that point outside of it.")
        if _UNWANTED_MEMBER.search(name):
            raise FileRefused("The file carries macros, embedded programs or links to other files. Save it without them.")
        if name.lower().endswith((".zip", ".7z", ".rar")):
            raise FileRefused("The file holds another archive.")
        if member.file_size > _RATIO_FROM and member.file_size > _MAX_RATIO * max(member.compress_size, 1):
            raise FileRefused("The file unpacks to far more than it should.")


def _beginning(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    """At most `most` bytes of a member: the declared size is a claim, not a fact."""
    with package.open(name) as member:
        return member.read(most)
