"""Every operation, asked whatever its schema allows and much that it does not: nothing undocumented, nothing broken."""

import subprocess
from pathlib import Path

import httpx

from tests.served import PATIENCE_S, SCRIPTS, served


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as (here, _):
        assert httpx.get(f"{here}/graph/components", timeout=PATIENCE_S).status_code == 200  # starts what measures
        command = [
            str(SCRIPTS / "schemathesis"),
            "run",
            f"{here}/openapi.json",
            "--checks=all",
            # It can't write lines of JSON; tests/test_http_batch.py sends what is wrong with them.
            "--exclude-path=/batch",
            # A schema can't say that an actor must be known, or that valid_at and valid_from exclude each other.
            "--exclude-checks=positive_data_acceptance",
            "--max-examples=10",
            "--seed=1",
            "--no-color",
            "--warnings=off",
        ]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:]
