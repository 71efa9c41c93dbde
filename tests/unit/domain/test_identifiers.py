"""Numbers of outcomes: what is understood, how it is kept, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.identifiers import IdentifierError, parse_doi, parse_licence, parse_patent, parse_trial


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10.1038/s41586-020-2649-2", "10.1038/s41586-020-2649-2"),
        ("https://doi.org/10.1038/S41586-020-2649-2", "10.1038/s41586-020-2649-2"),
        ("http://dx.doi.org/10.1000/182", "10.1000/182"),
        ("doi: 10.1000/182", "10.1000/182"),
        ("DOI:10.1000/182.", "10.1000/182"),
        ("１０．１０００／１８２", "10.1000/182"),
        ("https://doi.org/10.1002%2F(SICI)1097-4636", "10.1002/(sici)1097-4636"),
        ("10.1002/(SICI)1097-0258(19980815)17:15", "10.1002/(sici)1097-0258(19980815)17:15"),
        ("10.1000/182)", "10.1000/182"),
        ("10.1000.10/123\u200b", "10.1000.10/123"),
    ],
)
def test_a_doi_is_kept_in_one_form_however_it_was_copied(typed, kept):
    assert parse_doi(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "10.1000", "10.10/abc", "11.1000/182", "10.1000/", "10.1000/a b", "doi", "=10.1000/1", "10.1000/" + "x" * 300]
)
def test_what_is_no_doi_is_refused(typed):
    with pytest.raises(IdentifierError):
        parse_doi(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("I123456", "TW I123456"),
        ("發明第I123456號", "TW I123456"),
        ("中華民國專利新型第 M654321 號", "TW M654321"),
        ("TW I123456 B", "TW I123456"),
        ("Ｉ１２３４５６", "TW I123456"),
        ("TW 202312345", "TW 202312345"),
        ("112123456", "TW 112123456"),
        ("US 11,123,456 B2", "US 11123456B2"),
        ("US 2023/0012345 A1", "US 2023/0012345A1"),
        ("EP 1234567 B1", "EP 1234567B1"),
        ("WO 2023/123456 A1", "WO 2023/123456A1"),
        ("CN 112345678 A", "CN 112345678A"),
        ("JP 7123456 B2", "JP 7123456B2"),
        ("KR 10-2345678 B1", "KR 102345678B1"),
        ("DE 10123456 A1", "DE 10123456A1"),
    ],
)
def test_a_patent_number_is_kept_with_its_office(typed, kept):
    assert parse_patent(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "12345", "I12345", "X123456", "TW 12", "US", "US 12", "patent pending", "<script>", "112423456", "EP 12 B1"]
)
def test_what_is_no_patent_number_is_refused(typed):
    with pytest.raises(IdentifierError):
        parse_patent(typed)


def test_a_device_licence_and_a_trial_are_checked_for_form():
    assert parse_licence(" 衛部醫器製字第 ００１２３４ 號") == "衛部醫器製字第001234號"
    assert parse_licence("衛署醫器輸壹字第012345號") == "衛署醫器輸壹字第012345號"
    assert parse_trial("nct 01234567") == "NCT01234567"
    for parse, wrong in (
        (parse_licence, "衛部醫器製字第1234號"),
        (parse_licence, ""),
        (parse_trial, "NCT1234"),
        (parse_trial, "ISRCTN123"),
    ):
        with pytest.raises(IdentifierError):
            parse(wrong)


@given(st.text(max_size=60))
def test_any_text_is_either_kept_in_a_form_that_is_kept_again_or_refused(text):
    for parse in (parse_doi, parse_patent, parse_licence, parse_trial):
        try:
            kept = parse(text)
        except IdentifierError:
            continue
        assert parse(kept) == kept
