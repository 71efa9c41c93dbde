"""What somebody typed or clicked is worked on to its end, whatever is clicked next.

Streamlit ends a run at its next `st.` call or touch of the session state as soon as the browser sends something else, inside a
widget's callback too, and never calls that callback again: a text that was being saved is lost, silently; so is a click whose run had
not yet come to its button. Streamlit's makers know it (streamlit/streamlit issues #10578 and #8365, draft #16763) and leave it for speed.
Here the queue of a browser session's requests, one object of Streamlit's, is replaced by one that lets a request wait

* until the callbacks of the run at work have returned, and
* to the end of the run where a click began it that no callback takes.

The second of two clicks on a button that no callback takes, sent before the answer to the first is drawn, is no click of its own.
A click that the browser sends in the name of another part of the page, for a field there was left in the same moment, counts all the same.

A run that nobody clicked for still gives way at once, and `st.rerun`, `st.switch_page` and `st.stop` end any run as ever. It needs
`runner.fastReruns = false`: else Streamlit starts the next run beside the one at work, over the same session state.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from threading import Lock

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequest, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext


def install() -> None:
    """Let every browser session of this process keep its requests in `UnbrokenRequests`."""
    script_runner.ScriptRequests = UnbrokenRequests  # type: ignore[misc]


class UnbrokenRequests(ScriptRequests):
    """The requests of one browser session. The browser's come from the server's thread, the run's own from the thread of the run."""

    def __init__(self) -> None:
        super().__init__()
        self._clicked: frozenset[str] = frozenset()  # buttons without a callback that began the run at work
        self._answered: frozenset[str] = frozenset()  # the same, also where the run before ended itself to let this one show the answer
        self._stood = RerunData()  # what stood in the fields when that was clicked
        self._ends_itself = False
        self._looks = 0  # how often the run at work has looked for what waits; the last time when it has drawn everything
        self._left_out: tuple[RerunData, int] | None = None
        self._turn = Lock()

    def request_rerun(self, new_data: RerunData) -> bool:
        """Note what is to run next, without the second of two clicks on a button whose first is being worked on or answered."""
        if self._run() is not None:
            self._ends_itself = True
            return super().request_rerun(new_data)
        if new_data.is_auto_rerun and _clicks(new_data):  # the timer of a part fell between a click and its own message, which follows
            new_data = replace(new_data, widget_states=_without(new_data.widget_states, _clicks(new_data)))
        with self._turn:
            again = _clicks(new_data) & self._answered
            if not again:
                return super().request_rerun(new_data)
            left = replace(new_data, widget_states=_without(new_data.widget_states, again))
            if _clicks(left) or _entries(left) != _entries(self._stood):
                return super().request_rerun(left)
            self._left_out = left, self._looks
            return True  # nothing else in it: drawing the page again would take away what the first click is answered with

    def request_rerun_batch(self, rerun_batch: list[RerunData]) -> bool:
        """What callbacks asked for with `st.rerun`."""
        self._ends_itself = True
        return super().request_rerun_batch(rerun_batch)

    def on_scriptrunner_ready(self) -> ScriptRequest:
        """The next request, once a run is over."""
        with self._turn:
            if self._left_out is not None and self._left_out[1] == self._looks:
                super().request_rerun(self._left_out[0])  # it came after all was drawn: the browser may wait for an answer
            return self._begun(super().on_scriptrunner_ready())

    def on_scriptrunner_yield(self) -> ScriptRequest | None:
        """The next request, where the run at work is to end for it. Asked at each `st.` call, and at last when all is drawn."""
        self._looks += 1
        if self._is_held():
            return None
        request = super().on_scriptrunner_yield()
        return request if request is None else self._begun(request)

    def _begun(self, request: ScriptRequest) -> ScriptRequest:
        goes_on, self._ends_itself, self._left_out = self._ends_itself, False, None
        data, run = request.rerun_data if request.type is ScriptRequestType.RERUN else RerunData(), self._run()
        self._clicked = frozenset(one for one in _clicks(data) if run is None or not _has_callback(run, one))
        self._answered = self._clicked | self._answered if goes_on else self._clicked
        if data.widget_states is not None or not goes_on:  # what a run asks for itself says nothing of the fields
            self._stood = data
        if run is None or request.type is not ScriptRequestType.RERUN:
            return request
        return ScriptRequest(ScriptRequestType.RERUN, _with_what_was_clicked(run, data))

    def _is_held(self) -> bool:
        run = self._run()
        if run is None or self._ends_itself:
            return False
        return bool(self._clicked) or not run.has_script_started  # the callbacks come before the start

    def _run(self) -> ScriptRunContext | None:
        """The run at work, where it is the one that asks."""
        run = get_script_run_ctx(suppress_warning=True)
        return run if run is not None and run.script_requests is self else None


def _clicks(data: RerunData) -> frozenset[str]:
    """The buttons that were clicked."""
    states = data.widget_states.widgets if data.widget_states is not None else ()
    return frozenset(one.id for one in states if one.WhichOneof("value") == "trigger_value" and one.trigger_value)


def _without(states: WidgetStates | None, clicked: Set[str]) -> WidgetStates:
    kept = WidgetStates()
    kept.widgets.extend(one for one in (states.widgets if states is not None else ()) if one.id not in clicked)
    return kept


def _entries(data: RerunData) -> tuple[object, ...]:
    """What stands in the fields, where: everything of a request but its clicks."""
    states = data.widget_states.widgets if data.widget_states is not None else ()
    values = {one.id: one.SerializeToString(deterministic=True) for one in states if one.WhichOneof("value") != "trigger_value"}
    parts = [data.fragment_id] if data.fragment_id else data.fragment_id_queue
    return values, parts, data.page_script_hash, data.query_string


def _with_what_was_clicked(run: ScriptRunContext, data: RerunData) -> RerunData:
    """The same for the parts of the page, too, on which the clicked buttons stand; for all of it where one stands on no part."""
    parts = [data.fragment_id] if data.fragment_id else list(data.fragment_id_queue)
    known = run.session_state._state._new_widget_state.widget_metadata
    stand = {known[one].fragment_id for one in _clicks(data) if one in known}
    if not parts or stand <= set(parts):
        return data
    wanted = [] if None in stand else [*parts, *sorted(one for one in stand if one is not None and one not in parts)]
    return replace(
        data, fragment_id=None, fragment_id_queue=wanted, is_fragment_scoped_rerun=bool(wanted) and data.is_fragment_scoped_rerun
    )


def _has_callback(run: ScriptRunContext, widget_id: str) -> bool:
    """Whether the click is taken by a function that is called before the page is drawn."""
    known = run.session_state._state._new_widget_state.widget_metadata.get(widget_id)
    return known is not None and (known.callback is not None or known.callbacks is not None)
