"""What was typed or clicked is worked on to its end, whatever the browser sends meanwhile.

Each script asks, from another thread as the server does, for its next run in the very moment that matters.
"""

from types import ModuleType

import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from tracker.ui import unbroken

#: What the scripts below did. They are run from their source, so they find it by its module.
DONE: list[str] = []

#: What the browser sends during the next runs: what is typed, and the keys of the buttons that are clicked.
NEXT: list[tuple[str, ...]] = []


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_runner, "ScriptRequests", ScriptRequests)
    unbroken.install()
    DONE.clear()
    NEXT.clear()


def ask_from_outside(typed: str, *clicked: str, part_of: str = "", looks_again: bool = False) -> None:
    """Let the browser send something while the script that calls this is at work: in the name of the whole page, or of the part with the
    widget `part_of`; `looks_again`: by the timer of that part.
    """
    from threading import Thread

    from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    run = get_script_run_ctx()
    ids = run.session_state._state._key_id_mapper._key_id_mapping
    states = WidgetStates()
    for key in clicked:
        states.widgets.append(WidgetState(id=ids[key], trigger_value=True))
    if "text" in ids:
        states.widgets.append(WidgetState(id=ids["text"], string_value=typed))
    part = run.session_state._state._new_widget_state.widget_metadata[ids[part_of]].fragment_id if part_of else None
    page = {"query_string": run.query_string, "page_script_hash": run.page_script_hash}
    data = RerunData(**page, widget_states=states, fragment_id=part, is_auto_rerun=looks_again)
    sender = Thread(target=run.script_requests.request_rerun, args=(data,))
    sender.start()
    sender.join()


def click_once_more_within(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, key: str) -> None:
    """Let a click on the button of this key, the second of two, arrive while the first call of `module.name` is under way."""
    monkeypatch.setattr(script_runner, "ScriptRequests", ScriptRequests)
    unbroken.install()
    called, sent = getattr(module, name), []

    def clicked_again(*args: object, **more: object) -> object:
        if not sent:
            sent.append(key)
            ask_from_outside("", key)
        return called(*args, **more)

    monkeypatch.setattr(module, name, clicked_again)


def saving() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE, ask_from_outside

    def save() -> None:
        if not DONE:
            DONE.append("begun")
            ask_from_outside("typed", "away")
        DONE.append(f"saved {st.session_state['text']}")

    st.text_input("Text", key="text", on_change=save)
    if st.button("Away", key="away"):
        DONE.append("away")


def clicking() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE, NEXT, ask_from_outside

    if st.session_state.get("keep") and NEXT:
        ask_from_outside(*NEXT.pop())
    st.markdown("A page that takes its time to be drawn.")
    st.text_input("Text", key="text")
    if st.button("Keep", key="keep"):
        DONE.append("kept")
        st.success("Kept.")
    if st.button("Away", key="away"):
        DONE.append(f"away with {st.session_state['text']!r}")


def ending() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE

    if st.button("Keep", key="keep"):
        DONE.append("kept")
    DONE.append("drawn")


def counting() -> None:
    import streamlit as st

    from tests.app.test_unbroken import NEXT, ask_from_outside

    def more() -> None:
        st.session_state["rows"] = st.session_state.get("rows", 0) + 1

    st.button("One more", key="more", on_click=more)
    if NEXT and st.session_state.get("rows"):
        ask_from_outside(*NEXT.pop())
    st.markdown(f"{st.session_state.get('rows', 0)} rows")


def going_on() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE

    if st.button("Keep", key="keep"):
        DONE.append("kept")
        st.rerun()
        DONE.append("never")
    st.markdown(f"{len(DONE)} done")


def answering() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE, NEXT, ask_from_outside

    st.text_input("Text", key="text")
    if DONE and NEXT:
        ask_from_outside(*NEXT.pop())
    if st.button("Keep", key="keep"):
        DONE.append(f"kept {st.session_state['text']!r}")
        st.session_state.pop("text")
        st.rerun()
    DONE.append(f"drawn with {st.session_state['text']!r}")


def in_parts() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE, NEXT, ask_from_outside

    @st.fragment
    def writing() -> None:
        st.text_input("Text", key="text")
        if len(NEXT) == 1 and NEXT[0]:
            ask_from_outside(*NEXT.pop(), part_of="more")

    @st.fragment
    def ending() -> None:
        if st.button("Keep", key="keep"):
            DONE.append("kept")
        st.button("One more", key="more", on_click=DONE.append, args=("one more",))

    writing()
    ending()
    if st.button("Away", key="away"):
        DONE.append("away")
    if len(NEXT) == 2:
        ask_from_outside(*NEXT.pop(), part_of="text", looks_again="more" in NEXT[0])


def drawing() -> None:
    import streamlit as st

    from tests.app.test_unbroken import DONE, NEXT, ask_from_outside

    if NEXT:
        ask_from_outside(*NEXT.pop())
    st.text_input("Text", key="text")
    DONE.append(f"drawn with {st.session_state['text']!r}")


def test_a_text_is_saved_although_a_click_comes_while_it_is_being_saved():
    at = AppTest.from_function(saving).run()
    at.text_input(key="text").set_value("typed").run()
    assert DONE == ["begun", "saved typed", "away"]


def test_streamlit_itself_still_breaks_the_saving_off(monkeypatch: pytest.MonkeyPatch):
    """Once this fails, Streamlit has mended it, and `tracker/ui/unbroken.py` may go."""
    monkeypatch.setattr(script_runner, "ScriptRequests", ScriptRequests)
    at = AppTest.from_function(saving).run()
    at.text_input(key="text").set_value("typed").run()
    assert "saved typed" not in DONE


def test_a_click_counts_although_another_comes_before_the_page_is_drawn():
    at = AppTest.from_function(clicking).run()
    NEXT.append(("", "away"))
    at.button(key="keep").click().run()
    assert DONE == ["kept", "away with ''"]


def test_two_clicks_on_one_button_count_once_and_leave_the_answer_to_read():
    at = AppTest.from_function(clicking).run()
    NEXT.append(("", "keep"))
    at.button(key="keep").click().run()
    assert DONE == ["kept"]
    assert [one.value for one in at.success] == ["Kept."]


def test_a_second_click_that_comes_while_the_answer_is_being_drawn_does_nothing_and_brings_nothing_back():
    at = AppTest.from_function(answering).run()
    DONE.clear()
    NEXT.append(("words", "keep"))
    at.text_input(key="text").set_value("words")
    at.button(key="keep").click().run()
    assert DONE == ["kept 'words'", "drawn with ''"]


def test_what_is_typed_anew_beside_such_a_click_arrives_without_it():
    at = AppTest.from_function(answering).run()
    DONE.clear()
    NEXT.append(("other words", "keep"))
    at.text_input(key="text").set_value("words")
    at.button(key="keep").click().run()
    assert DONE == ["kept 'words'", "drawn with 'other words'"]


def test_a_second_click_that_comes_when_all_is_drawn_is_answered_and_does_nothing(monkeypatch: pytest.MonkeyPatch):
    finished = LocalScriptRunner._on_script_finished

    def asked_first(*args: object) -> None:
        if NEXT:
            ask_from_outside(*NEXT.pop())
        finished(*args)

    at = AppTest.from_function(ending).run()
    NEXT.append(("", "keep"))
    monkeypatch.setattr(LocalScriptRunner, "_on_script_finished", asked_first)
    at.button(key="keep").click().run()
    assert DONE == ["drawn", "kept", "drawn", "drawn"]


def test_what_was_typed_and_clicked_beside_a_second_click_arrives_without_it():
    at = AppTest.from_function(clicking).run()
    NEXT.append(("typed meanwhile", "keep", "away"))
    at.button(key="keep").click().run()
    assert DONE == ["kept", "away with 'typed meanwhile'"]


@pytest.mark.parametrize(("key", "done"), [("keep", ["kept"]), ("away", ["away"])], ids=["of another part", "of the page itself"])
def test_a_click_that_is_sent_in_the_name_of_a_field_counts(key: str, done: list[str]):
    """The browser sends what happens within one moment in the name of what came first."""
    NEXT.extend([(), ("typed", key)])
    AppTest.from_function(in_parts).run()
    assert done == DONE


def test_a_click_that_the_timer_of_a_part_sends_before_itself_counts_once():
    NEXT.extend([("", "more"), ("", "more")])
    AppTest.from_function(in_parts).run()
    assert DONE == ["one more"]


def test_each_click_counts_on_a_button_that_counts():
    at = AppTest.from_function(counting).run()
    NEXT.extend([("", "more"), ("", "more")])
    at.button(key="more").click().run()
    assert at.markdown[-1].value == "3 rows"


def test_a_run_that_a_click_began_may_end_itself():
    at = AppTest.from_function(going_on).run()
    at.button(key="keep").click().run()
    assert DONE == ["kept"]
    assert at.markdown[-1].value == "1 done"


def test_a_run_that_nobody_clicked_for_gives_way_at_once():
    at = AppTest.from_function(drawing).run()
    NEXT.append(("typed",))
    at.run()
    assert DONE == ["drawn with ''", "drawn with 'typed'"]


def test_the_next_click_on_the_same_button_counts_again():
    at = AppTest.from_function(clicking).run()
    at.button(key="keep").click().run()
    at.button(key="keep").click().run()
    assert DONE == ["kept", "kept"]
