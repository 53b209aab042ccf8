"""Build the image and run it once, without a Docker engine: `make docker`.

What it proves, in this order:

1. the Dockerfile builds, from the locked packages alone, and no secret of the builder stays in the image;
2. the image names a numeric user, a volume and exec-form commands, and the environment in it holds no pip;
3. its entry point serves as that user, and its own health check says yes (and says no when nothing serves);
4. a stop signal ends it at once with code 0;
5. what was written is there for the next container on the same volume.

Needs Debian's `buildah` and `mmdebstrap`, and root or a user namespace. The base is a stand-in made from the machine's
own Debian packages, kept between runs; CONTAINER_BASE=python:3.11-slim-bookworm takes the real one, where a registry is
reached. How this machine's pip reaches its packages is handed to the build as a secret.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entente-container"
STAND_IN = "localhost/entente-base"
IMAGE = "localhost/entente"
START_SECONDS = 60
STOP_SECONDS = 5


def say(sentence: str) -> None:
    """Tell the person at the terminal how far it is."""
    print(f"container: {sentence}", flush=True)  # noqa: T201 - this is what the script is for


def demand(*, truth: bool, sentence: str) -> None:
    """Say what has been proved, or stop with it."""
    if not truth:
        sys.exit(f"container: NOT SO: {sentence}")
    say(sentence)


def buildah(*arguments: str) -> str:
    """What one buildah command prints; its storage lies apart from any other the machine has."""
    return subprocess.run([*_buildah(), *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def _buildah() -> list[str]:
    return ["buildah", "--root", str(KEPT / "storage"), "--runroot", str(KEPT / "run"), "--storage-driver", "vfs"]


@contextlib.contextmanager
def container(image: str) -> Iterator[str]:
    """A working container of an image, removed at the end."""
    name = buildah("from", "--pull-never", image)
    try:
        yield name
    finally:
        buildah("rm", name)


def base() -> str:
    """The image that both stages stand on."""
    if named := os.environ.get("CONTAINER_BASE"):
        return named
    if not buildah("images", "--quiet", "--filter", f"reference={STAND_IN}"):
        say("making the stand-in base image from Debian packages")
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        sources = [
            path for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list") if Path(path).exists()
        ]
        with tempfile.TemporaryDirectory() as folder:
            archive = str(Path(folder) / "base.tar")
            packages = "--include=python3,python3-venv,ca-certificates"
            subprocess.run(
                ["mmdebstrap", "--quiet", "--variant=minbase", packages, suite, archive, *sources[:1]], check=True
            )
            with container("scratch") as name:
                buildah("add", "--quiet", name, archive, "/")
                buildah("commit", "--quiet", "--format", "docker", name, STAND_IN)
    return STAND_IN


def secrets(folder: Path) -> list[str]:
    """How pip here reaches its packages, as build secrets; places on this machine's own disk mean nothing in there."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=False, text=True, capture_output=True
    ).stdout
    lines = []
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        key, value = name.rpartition(".")[2], value.strip("'\"")
        if key in {"index-url", "extra-index-url", "trusted-host", "proxy", "timeout"}:
            reached = [part for part in value.replace("\\n", " ").split() if not part.startswith(("file:", "/"))]
            lines += [f"{key} = {' '.join(reached)}"] if reached else []
        elif key == "cert":
            certificates = Path(value)
    (folder / "pip.conf").write_text("\n".join(["[global]", "cert = /etc/ssl/certs/ca-certificates.crt", *lines, ""]))
    given = ["--secret", f"id=pip.conf,src={folder / 'pip.conf'}"]
    if certificates.exists():
        shutil.copy(certificates, folder / "ca-certificates.crt")
        given += ["--secret", f"id=ca-certificates.crt,src={folder / 'ca-certificates.crt'}"]
    return given


def build() -> None:
    """Condition 1."""
    standing_on = base()
    say(f"building on {standing_on}")
    revision = subprocess.run(
        ["git", "-C", str(PROJECT), "rev-parse", "HEAD"], check=False, text=True, capture_output=True
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--build-arg", f"BASE={standing_on}", "--build-arg", f"REVISION={revision.stdout.strip()}"]
        command = [
            *_buildah(),
            "build",
            "--format",
            "docker",
            "--tag",
            IMAGE,
            *arguments,
            *secrets(Path(folder)),
            str(PROJECT),
        ]
        built = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    buildah("rmi", "--prune")  # the image that had this name before
    demand(truth=built.returncode == 0, sentence="the image builds" if not built.returncode else built.stdout)


def look_inside(config: dict[str, Any], root: Path) -> None:
    """The rest of condition 1, and condition 2."""
    user, _, group = str(config["User"]).partition(":")
    demand(
        truth=user.isdigit() and int(user) > 0 and group.isdigit(),
        sentence=f"the user is a number, not root: {config['User']}",
    )
    demand(truth=list(config["Volumes"]) == ["/data"], sentence="the data is a volume")
    demand(
        truth=config["Entrypoint"][0].startswith("/"), sentence=f"the entry point is exec-form: {config['Entrypoint']}"
    )
    demand(truth=config["Healthcheck"]["Test"][0] == "CMD", sentence="the health check is exec-form")
    left = [path for name in ("pip", "pip3", "uv", "hatchling") for path in root.glob(f"opt/*/bin/{name}")]
    demand(truth=not left, sentence="no installer is left in the image")
    compiled = list(root.glob("opt/entente/lib/python3*/site-packages/graph/snapshot/native/pages-*.so"))
    demand(truth=len(compiled) == 1, sentence="the main query is compiled in the image")
    demand(truth=not (root / "etc/pip.conf").exists(), sentence="no pip settings of the builder are left in the image")


class Service:
    """The image's own entry point, running on a loopback port over a data folder."""

    def __init__(self, config: dict[str, Any], data: Path, *, sample: bool) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.config = config
        settings = {"HOST": "127.0.0.1", "PORT": self.port, "SAMPLE": str(sample).lower()}
        self.environment = [f"--env=ENTENTE_{name}={value}" for name, value in settings.items()]
        self.volume = ["--volume", f"{data}:/data:rw"]

    def command(self, name: str, arguments: list[str]) -> list[str]:
        """How buildah runs something in the container as the image says: user, environment, folder."""
        return [*_buildah(), "run", "--isolation", "chroot", *self.environment, *self.volume, name, "--", *arguments]

    def healthy(self, name: str) -> bool:
        """What the image's health check says."""
        return (
            subprocess.run(
                self.command(name, self.config["Healthcheck"]["Test"][1:]), check=False, capture_output=True
            ).returncode
            == 0
        )

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body of what the service answers. Errors: `OSError` while it does not listen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """A 200 answer of the service."""
        status, body = self.answer(path)
        demand(truth=status == http.HTTPStatus.OK, sentence=f"GET {path} answers {status}")
        return json.loads(body)

    def once(self, name: str) -> int:
        """Conditions 3 and 4; the ledger's revision."""
        demand(truth=not self.healthy(name), sentence="the health check says no while nothing serves")
        command = self.command(name, [*self.config["Entrypoint"], *self.config["Cmd"]])
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as running:
            try:
                self.await_start(running)
                demand(truth=self.healthy(name), sentence="the health check says yes")
                pid = served_by(running.pid, self.config["Entrypoint"][0])
                owner = Path(f"/proc/{pid}").stat().st_uid
                demand(truth=str(owner) == self.config["User"].partition(":")[0], sentence=f"it runs as user {owner}")
                revision = int(self.get("/stats")["revision"])
                began = time.monotonic()
                os.kill(pid, signal.Signals[self.config.get("StopSignal") or "SIGTERM"])
                code = running.wait(timeout=STOP_SECONDS)
                seconds = time.monotonic() - began
                demand(truth=code == 0, sentence=f"a stop signal ends it with code {code} after {seconds:.1f} s")
            finally:
                for left in reversed([running.pid, *descendants(running.pid)] if running.poll() is None else []):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(left, signal.SIGKILL)
        return revision

    def await_start(self, running: subprocess.Popen[bytes]) -> None:
        """Until it is ready: it listens, and says that it is alive, while the ledger is still being opened."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and running.poll() is None:
            with contextlib.suppress(OSError):
                if self.answer("/readyz")[0] == http.HTTPStatus.OK:
                    return
            time.sleep(0.1)
        demand(truth=False, sentence=f"it is ready within {START_SECONDS} s")


def descendants(pid: int) -> list[int]:
    """Every process under one, the nearest first."""
    found = [pid]
    for parent in found:
        for thread in Path(f"/proc/{parent}/task").glob("*/children"):  # any thread of buildah may have started it
            with contextlib.suppress(OSError):
                found += map(int, thread.read_text().split())
    return found[1:]


def served_by(pid: int, entry_point: str) -> int:
    """What would be process 1 under a container engine: the entry point itself, below buildah's own processes."""
    name = Path(entry_point).name
    return next(child for child in descendants(pid) if Path(f"/proc/{child}/comm").read_text().strip() == name)


def main() -> None:
    """All five conditions."""
    for tool in ("buildah", "mmdebstrap"):
        if not shutil.which(tool):
            sys.exit(f"container: {tool} is missing; on Debian: apt-get install buildah mmdebstrap")
    os.environ["BUILDAH_ISOLATION"] = "chroot"
    KEPT.mkdir(parents=True, exist_ok=True)
    build()
    config = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        user, group = (int(part) for part in config["User"].split(":"))
        os.chown(data, user, group)
        revisions = []
        for sample in (True, False):
            with container(IMAGE) as name:
                look_inside(config, Path(buildah("mount", name)))
                buildah("config", "--volume", "/data-", name)  # buildah would lay a volume of its own over ours
                revisions.append(Service(config, data, sample=sample).once(name))
        demand(truth=(data / "entente.db").stat().st_uid == user, sentence="the data belongs to that user")
        demand(
            truth=revisions[0] == revisions[1] > 0,
            sentence=f"the next container finds the same ledger, revision {revisions[0]}",
        )


if __name__ == "__main__":
    main()
