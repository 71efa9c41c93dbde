"""The memory of a browser session, from run to run."""

from __future__ import annotations

from contextvars import Context, copy_context

import pytest

from tracker.ui import components, keys


@pytest.fixture
def state(monkeypatch) -> dict:
    """One browser session's state, without a browser."""
    kept: dict = {}
    monkeypatch.setattr(keys.st, "session_state", kept)
    return kept


def a_run() -> Context:
    """A run of the page in a thread of its own, just begun."""
    context = copy_context()
    context.run(keys.begin_run)
    return context


def test_a_form_keeps_its_key_until_it_went_through(state):
    sent = a_run().run(keys.form_key, "form")
    assert a_run().run(keys.form_key, "form") == sent
    a_run().run(keys.renew_key, "form")
    assert a_run().run(keys.form_key, "form") != sent


def test_a_form_that_went_through_in_a_run_that_is_cut_then_is_new_in_the_next(state):
    class Cut(Exception):
        pass

    class CutState(dict):
        def __getitem__(self, key):
            raise Cut

        __setitem__ = __contains__ = pop = get = setdefault = __getitem__

    run = a_run()
    sent = run.run(keys.form_key, "form")
    keys.st.session_state = CutState(state)
    run.run(keys.renew_key, "form")
    run.run(components.say_after_rerun, "Done.")
    keys.st.session_state = state
    following, place = a_run(), _Place()
    assert following.run(keys.form_key, "form") != sent
    following.run(components.show_said, place, "silences")
    assert place.said == "Done."


def test_a_form_that_went_through_is_new_in_the_same_run(state):
    run = a_run()
    sent = run.run(keys.form_key, "form")
    run.run(keys.renew_key, "form")
    assert run.run(keys.form_key, "form") != sent


class _Place:
    said = ""

    def success(self, message: str, icon: str) -> None:
        self.said = message


def test_what_was_said_does_not_go_along_to_another_page(state):
    run, there = a_run(), _Place()
    run.run(components.say_after_rerun, "Done.")
    run.run(components.show_said, _Place(), "silences")
    a_run().run(components.show_said, there, "people")
    assert there.said == ""
