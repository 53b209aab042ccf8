"""Generate clients from the OpenAPI document and run them against a live service: `make sdk`.

What it proves, in this order:

1. redocly's strictest rules find nothing in the document;
2. openapi-python-client, openapi-generator and openapi-typescript make clients of it without a warning;
3. the two clients in Python and the one in TypeScript, whose types hold, do what such clients are for: they filter a
   list, walk its pages, are told what is wrong, and write.

Needs node, npm and java, and skips with a sentence where one is missing or the generators can't be had. They are kept
between runs, in an environment of their own: none of it is needed to run or to test the service.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.served import SCRIPTS, served

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
DOCUMENT = PROJECT / "docs" / "openapi.json"
LOCK = PROJECT / "requirements-sdk.lock"
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entente-sdk"
ENVIRONMENT = KEPT / "venv" / "bin"
MODULES = KEPT / "node_modules"
TOOLS = {
    **os.environ,
    "PATH": os.pathsep.join([str(ENVIRONMENT), str(MODULES / ".bin"), os.environ["PATH"]]),
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
}

# What openapi-generator warns of whatever the document says.
OF_ITSELF = (
    "OpenAPI 3.1 support is still in beta",  # of its own state
    "(reserved word) cannot be used as model name",  # of parameters that are words of Python; it makes no model of them
    "Codegen property is null (e.g. map/dict of undefined type)",  # of attributes, which are a free object on purpose
    "Failed to get the schema name: null",  # of schemas that stand where they are used, as those of parameters do
)


def say(sentence: str) -> None:
    """Tell the person at the terminal how far it is."""
    print(f"sdk: {sentence}", flush=True)  # noqa: T201 - this is what the script is for


def run(*command: str | Path) -> str:
    """What a command prints; its failure is the script's."""
    ended = subprocess.run(
        command, cwd=PROJECT, env=TOOLS, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ended.returncode:
        sys.exit(f"{ended.stdout}\nsdk: NOT SO: {' '.join(map(str, command[:2]))} ended with {ended.returncode}")
    return ended.stdout


def set_up() -> bool:
    """Whether the generators are there, each in the version that is written down."""
    for tool in ("node", "npm", "java"):
        if not shutil.which(tool):
            say(f"skipped: {tool} is missing")
            return False
    KEPT.mkdir(parents=True, exist_ok=True)
    uv = SCRIPTS / "uv"
    steps: dict[str, list[str | Path]] = {
        "an environment": [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, KEPT / "venv"],
        "the generators in Python": [
            uv, "pip", "sync", "--quiet", "--require-hashes", "--python", ENVIRONMENT / "python", LOCK,
        ],
        "the generator in TypeScript": [
            "npm", "install", "--prefix", KEPT, "--silent", "--no-audit", "--no-fund", "--no-package-lock",
        ],
    }  # fmt: skip
    for what, step in steps.items():
        shutil.copy(HERE / "package.json", KEPT)
        if subprocess.run(step, check=False, stdin=subprocess.DEVNULL).returncode:
            say(f"skipped: {what} can't be had here")
            return False
    return True


def generate(folder: Path) -> None:
    """Conditions 1 and 2; the clients lie in the folder afterwards."""
    run("redocly", "lint", "--extends", "recommended-strict", DOCUMENT)
    say("redocly finds nothing")
    made = folder / "entente_client"
    config = HERE / "python-client.yaml"
    options: list[str | Path] = ["--meta", "none", "--fail-on-warning", "--config", config, "--output-path", made]
    run("openapi-python-client", "generate", "--path", DOCUMENT, *options)
    say("openapi-python-client makes a client without a warning")
    told = run("openapi-generator-cli", "generate", "-g", "python", "-i", DOCUMENT, "-o", folder)
    warned = [line for line in told.splitlines() if "WARN" in line or "ERROR" in line]
    ours = [line for line in warned if not any(known in line for known in OF_ITSELF)]
    if ours:
        sys.exit("\n".join([*ours, "sdk: NOT SO: openapi-generator has nothing to say of the document"]))
    say("openapi-generator makes a client and warns of nothing but itself")
    told = run("openapi-typescript", DOCUMENT, "--output", folder / "entente.d.ts")
    if "warn" in told.lower():
        sys.exit(f"{told}\nsdk: NOT SO: openapi-typescript warns of nothing")
    (folder / "node_modules").symlink_to(MODULES)
    for name in ("package.json", "tsconfig.json", "client.ts", "python_client.py", "generator_client.py"):
        shutil.copy(HERE / name, folder)
    run("tsc", "--project", folder)
    say("openapi-typescript makes types, and a strict compiler accepts a program that uses them")


def use(folder: Path) -> None:
    """Condition 3."""
    with tempfile.TemporaryDirectory() as data, served(Path(data)) as (here, _):
        database = f"sqlite:///{data}/entente.db"
        make_key = ["keys", "create", "Generated clients", "--scope", "write", "--database", database]
        made = subprocess.run([SCRIPTS / "entente", *make_key], check=True, text=True, stdout=subprocess.PIPE)
        key = made.stdout.strip()
        for program in ("python_client.py", "generator_client.py"):
            run("python", folder / program, here, key)
            say(f"{program} reads, walks pages, is told what is wrong, and writes")
        run("node", folder / "client.js", here, key)
        say("client.ts does too")


def main() -> None:
    """All three conditions."""
    if not set_up():
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        use(Path(folder))


if __name__ == "__main__":
    main()
