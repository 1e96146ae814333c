import ast
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[2] / "hatch_build.py"


@pytest.fixture
def build_flags():
    """The compiler's flags, read from the build hook, which needs hatchling to be imported."""
    for node in ast.parse(BUILD.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FLAGS":
            return ast.literal_eval(node.value)
    raise AssertionError("hatch_build.py has no FLAGS")
