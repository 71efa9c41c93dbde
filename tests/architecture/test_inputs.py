"""What people type into a field is refused by name or kept, and never dropped."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import files, name, tree


@pytest.mark.parametrize("path", files("tracker/**/*.py", "pages/*.py"), ids=name)
def test_no_field_of_ours_has_a_limit_of_its_own(path):
    """Streamlit drops a paste that is longer than `max_chars` wholly and without a word. The services measure, and name the field."""
    limited = [
        node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and any(one.arg == "max_chars" for one in node.keywords)
    ]
    assert not limited, f"{name(path)}:{limited}: a limit belongs to the service, which says Invalid with the field and the number"
