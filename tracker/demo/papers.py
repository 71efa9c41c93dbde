"""Sample papers: one-page PDF files that say of themselves that they prove nothing."""

from __future__ import annotations

from collections.abc import Sequence


def sample_pdf(lines: Sequence[str]) -> bytes:
    """A small valid PDF with these lines (ASCII) under the heading "SAMPLE". The same lines give the same bytes."""
    shown = ["SAMPLE - no legal effect", "Milepost demonstration, everything here is invented", "", *lines]
    drawn = "\n".join(f"({_escaped(line)}) Tj T*" for line in shown)
    stream = f"BT /F1 14 Tf 60 760 Td 22 TL\n{drawn}\nET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return _assembled(objects)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
