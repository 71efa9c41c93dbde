"""Screenshots of every page as every role, in both languages and two widths, and a list of what looks wrong.

    python -m tests.gallery [OUT_DIR] [--pages must_do,report] [--roles pi,officer] [--languages zh_TW,en] [--widths 1440,390]

Makes a demo home, serves it on loopback, looks at everything with Chromium and writes index.html and findings.json into OUT_DIR
(default `gallery/`, which git ignores). Exit status 1 where a page failed or does not fit; what only reads oddly is listed.
"""
