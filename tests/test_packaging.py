"""What is shipped is what was declared and locked: lock files, metadata, image, Makefile; no trace of one machine."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[1]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-setup.lock",
    "requirements-sdk.lock",
    "requirements-bench.lock",
    "requirements-compiler.lock",
    "requirements-ftm.lock",
)

# Versions below which a fault of security is known, of packages that meet what strangers send or fetch what we install.
FLOORS = {
    "certifi": (2024, 7, 4),  # distrusted roots
    "fastapi": (0, 109, 1),  # content-type header: quadratic time
    "h11": (0, 16, 0),  # chunked bodies read leniently: request smuggling
    "idna": (3, 7),  # long names: quadratic time
    "mako": (1, 2, 2),  # long tags: quadratic time
    "markdown-it-py": (2, 2, 0),  # a crash by input
    "orjson": (3, 11, 6),  # recursion without a limit
    "pydantic": (2, 4, 0),  # e-mail addresses: quadratic time
    "requests": (2, 32, 4),  # credentials sent to another host
    "starlette": (1, 3, 0),  # multipart and range requests: denial of service; forged Host
    "urllib3": (2, 6, 3),  # decompression bombs
    "werkzeug": (3, 1, 5),  # device names as paths
}

TOP_LEVEL = {
    *(".ci", ".dockerignore", ".gitignore", "Dockerfile", "Makefile", "pyproject.toml", *LOCKS),
    *("ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "docs"),
    *("app", "bench", "graph", "migrations", "tests"),
}

# Put together here, so that this file does not hold what it forbids.
MACHINE = re.compile(r"(?<![\w./~-])/(?:tmp|root|home|work)/[\w.-]+")
INDEX_HOSTS = [f"{name}.org" for name in ("pypi", "pythonhosted", "registry.npmjs", "deb.debian")]
BINARY = {".gz", ".ico", ".png", ".woff2"}


def metadata() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False, text=True)
    if listed.returncode:
        pytest.skip("not a git work tree: which files are the project's is not known")
    return [name for name in listed.stdout.split("\0") if name and (PROJECT / name).is_file()]


def locked(lock: str) -> dict[str, str]:
    """Package -> version, of one lock file."""
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_nothing_else(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    requirements = text.replace("\\\n", "").splitlines()
    assert requirements
    shape = re.compile(r"[a-z0-9-]+==[\w.!+]+( ; [\w. '=!<>()]+)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in requirements if not shape.fullmatch(line)] == []


def test_the_locks_agree_with_each_other() -> None:
    everything = locked("requirements-dev.lock")
    assert locked("requirements.lock").items() <= everything.items()
    assert locked("requirements-setup.lock").items() <= everything.items()


def test_what_is_declared_is_locked() -> None:
    project = metadata()
    declared = [re.split(r"[\[<>=;~! ]", line)[0] for line in project["project"]["dependencies"]]
    assert set(declared) <= locked("requirements.lock").keys()
    for name, group in project["dependency-groups"].items():
        tools = {re.split(r"[\[<>=;~! ]", line)[0] for line in group if isinstance(line, str)}
        own = f"requirements-{name}.lock"
        assert tools <= locked(own if own in LOCKS else "requirements-dev.lock").keys()


@pytest.mark.parametrize("package", FLOORS)
def test_no_package_is_older_than_its_last_known_hole(package: str) -> None:
    version = locked("requirements-dev.lock")[package]
    assert tuple(int(part) for part in re.findall(r"\d+", version)) >= FLOORS[package]


def test_no_package_forbids_what_the_licence_allows() -> None:
    unwanted = {"igraph", "python-igraph", "unidecode", "pyicu"}  # GPL, or no wheels to run from
    assert not unwanted & locked("requirements.lock").keys()


def test_the_top_level_is_the_one_of_the_house() -> None:
    assert {name.split("/", 1)[0] for name in tracked()} <= TOP_LEVEL


def test_no_file_names_a_machine_or_a_package_index() -> None:
    guilty = []
    for name in tracked():
        if Path(name).suffix not in BINARY:
            body = (PROJECT / name).read_text(encoding="utf-8")
            guilty += [f"{name}: {found}" for found in MACHINE.findall(body)]
            guilty += [f"{name}: {host}" for host in INDEX_HOSTS if host in body]
    assert guilty == []


def test_the_ledger_is_committed_in_one_place() -> None:
    places = [path for path in (PROJECT / "graph").rglob("*.py") if "commit(" in path.read_text(encoding="utf-8")]
    assert len(places) == 1, places
    assert places[0].relative_to(PROJECT / "graph").parts[0] == "store"
    assert places[0].read_text(encoding="utf-8").count("commit(") == 1


def test_the_licence_is_the_declared_one() -> None:
    text = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert metadata()["project"]["license"] == "Apache-2.0"
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_what_the_image_is_built_of_reaches_the_builder() -> None:
    let_through = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--)(.+)", text, flags=re.MULTILINE) for name in line.split()[:-1]]
    assert copied
    assert [name for name in copied if f"!{name}" not in let_through] == []


def test_the_image_is_labelled_with_the_version_and_licence_of_the_project() -> None:
    project = metadata()["project"]
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"ARG VERSION={project['version']}\n" in text
    assert f'image.licenses="{project["license"]}"' in text
    assert f'image.description="{project["description"]}"' in text


def test_the_changelog_knows_the_version() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(Unreleased|{re.escape(metadata()['project']['version'])})\]", text, flags=re.MULTILINE)


def test_make_alone_lists_every_target() -> None:
    targets = set(
        re.findall(r"^\.PHONY: ([a-z-]+)$", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=PROJECT, capture_output=True, check=True, text=True
    ).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines()]
    assert {name for name, _ in lines} == targets
    assert all(sentence.strip() for _, sentence in lines)


BARE = re.compile(r"# noqa(: [A-Z0-9, ]+)?$|# type: ignore(\[[a-z, -]+\])?$")


def test_every_opt_out_of_the_linter_has_its_reason_on_the_line() -> None:
    block = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.ruff.lint]")[1].split("\n]")[0]
    bare = [line for line in block.splitlines() if re.match(r'\s+"[A-Z]+\d*",', line) and "#" not in line]
    for path in (PROJECT / name for name in tracked() if name.endswith(".py")):
        bare += [line for line in path.read_text(encoding="utf-8").splitlines() if BARE.search(line)]
    assert bare == []
