"""The acknowledgement of an outcome: the funder, and the programme's name or the project's number (000 七-(四))."""

import pytest

from tracker.domain.acknowledgement import Acknowledged, acknowledged

KNOWN = {
    "funders": ("科技部", "Ministry of Science and Technology", "MOST"),
    "programmes": ("臨床資料庫與AI之跨域開發及加值應用",),
    "numbers": ("MOST 109-2634-F-002-001",),
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("本研究由科技部補助（MOST 109-2634-F-002-001）", Acknowledged("科技部", "MOST 109-2634-F-002-001")),
        ("本研究由科技部「臨床資料庫與 AI 之跨域開發及加值應用」計畫補助", Acknowledged("科技部", "臨床資料庫與AI之跨域開發及加值應用")),
        ("Supported by the Ministry of Science and Technology, Taiwan (MOST109–2634–F–002–001).",
         Acknowledged("Ministry of Science and Technology", "MOST 109-2634-F-002-001")),
        ("supported by the ministry of science  and technology", Acknowledged("Ministry of Science and Technology", "")),
        ("This was most helpful; the mostly unpaid authors thank nobody.", Acknowledged("", "")),
        ("本研究由某基金會補助", Acknowledged("", "")),
        ("", Acknowledged("", "")),
    ],
)  # fmt: skip
def test_names_are_found_whatever_the_spaces_and_dashes(text, found):
    assert acknowledged(text, **KNOWN) == found


def test_a_name_of_the_programme_or_a_number_is_enough_but_the_funder_must_be_there():
    assert acknowledged("科技部 MOST 109-2634-F-002-001", **KNOWN).complete
    assert not acknowledged("109-2634-F-002-001", **KNOWN).complete
    assert not acknowledged("感謝科技部", **KNOWN).complete


def test_a_title_of_two_characters_proves_nothing():
    assert acknowledged("感謝科技部及人工智慧中心", funders=("科技部",), programmes=("AI", "智慧"), numbers=()).project == ""
