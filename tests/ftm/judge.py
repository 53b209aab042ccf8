"""What the followthemoney library says, asked in the environment that has it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PYTHON = Path(__file__).parents[2] / ".venv" / "ftm" / "bin" / "python"
needs_library = pytest.mark.skipif(
    not PYTHON.exists(), reason="the followthemoney library is not here; `make test` installs it"
)


def library(asked: str, entities: bytes = b"") -> Any:  # noqa: ANN401 - JSON
    """The library's answer: see `library.py`."""
    command = [str(PYTHON), "-I", str(Path(__file__).with_name("library.py")), asked]
    return json.loads(subprocess.run(command, input=entities, check=True, stdout=subprocess.PIPE).stdout)
