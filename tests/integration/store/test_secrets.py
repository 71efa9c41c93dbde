"""The installation's secret: kept in the home or given, never weak, and what it seals opens with it alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker.store.secrets import Unreadable, WeakSecret, secrets_of


def test_what_was_sealed_is_opened_again_by_the_next_process(tmp_path):
    sealed = secrets_of(tmp_path).seal("line://示範")
    assert "示範" not in sealed
    assert secrets_of(tmp_path).unseal(sealed) == "line://示範"


def test_another_installation_opens_nothing(tmp_path):
    sealed = secrets_of(tmp_path / "one").seal("slack://示範")
    with pytest.raises(Unreadable):
        secrets_of(tmp_path / "other").unseal(sealed)


def test_a_changed_letter_is_noticed(tmp_path):
    sealed = secrets_of(tmp_path).seal("text")
    with pytest.raises(Unreadable):
        secrets_of(tmp_path).unseal(sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBB="))


def test_the_file_is_for_its_owner_only(tmp_path):
    secrets_of(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_processes_that_start_together_have_one_secret(tmp_path):
    with ThreadPoolExecutor(8) as many:
        keys = set(many.map(lambda _: secrets_of(tmp_path).key_for("links"), range(24)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_short_secret_is_refused(tmp_path):
    with pytest.raises(WeakSecret, match="32"):
        secrets_of(tmp_path, "x" * 31)
    assert secrets_of(tmp_path, "x" * 32).key_for("a") != secrets_of(tmp_path, "x" * 32).key_for("b")


@pytest.mark.parametrize("left", [b"", b"\n", b"cut off"])
def test_a_file_that_lost_its_content_is_refused_and_gives_no_key_that_everybody_knows(tmp_path, left):
    (tmp_path / "secret.key").write_bytes(left)
    with pytest.raises(WeakSecret, match=r"secret\.key"):
        secrets_of(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == left


def test_nothing_of_it_is_shown(tmp_path):
    assert repr(secrets_of(tmp_path)) == "Secrets(…)"
