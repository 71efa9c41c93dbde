"""The eyes of the gallery: what counts as English left on a Chinese page, and which pictures may be asked for."""

import pytest

from tests.gallery.__main__ import _arguments
from tests.gallery.checks import english_in


@pytest.mark.parametrize("text", ["應辦事項 Due within days", "File it by 115-09-15 · due 115-09-15"])
def test_a_sentence_that_nobody_translated_is_found(text):
    assert english_in(text)


@pytest.mark.parametrize("text", ["示範計畫 AI", "check_circle", "pi@own.invalid", "DEMO-OWN-01", "IRB 核准文件", "25MB per file"])
def test_names_icons_and_addresses_are_no_sentences(text):
    assert english_in(text) == []


def test_an_unknown_page_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        _arguments(["--pages", "nowhere"])
    assert "must_do" in capsys.readouterr().err
