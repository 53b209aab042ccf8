"""Compiles `pages.c` beside itself: `python graph/snapshot/native/build.py`.

A C compiler is all it takes, and no headers of Python's, for the library knows nothing of Python: $CC, cc, or the one
in the wheel `ziglang`. What it makes is named after the sources, so that none is ever loaded that was made of another.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["SOURCE", "build", "compilers", "library"]

SOURCE: Final = Path(__file__).with_name("pages.c")
FLAGS: Final = ("-std=c11", "-O3", "-shared", "-fPIC")


def library() -> Path:
    """Where the library is, if it has been made of the sources as they are."""
    read = b"".join(path.read_bytes() for path in sorted(SOURCE.parent.glob("*.[ch]")))
    return SOURCE.with_name(f"pages-{blake2b(read, digest_size=8).hexdigest()}.so")


def compilers() -> list[list[str]]:
    """The commands that may compile here, the first choice first."""
    found = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    found += [["cc"]] if shutil.which("cc") else []
    if find_spec("ziglang"):  # left to itself it would compile for this processor alone, and images go elsewhere
        found.append([sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"])
    return found


def build(into: Path, compiler: list[str], *flags: str) -> str | None:
    """Compile; what the compiler says, if it can't."""
    try:
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".build-") as folder:
            caches = dict.fromkeys(("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR"), folder)
            made = Path(folder) / into.name
            command = [*compiler, *FLAGS, *flags, "-o", str(made), str(SOURCE)]
            environment = {**os.environ, **caches}
            done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603 - a compiler
            if done.returncode == 0:
                made.rename(into)
                return None
    except OSError as error:
        return str(error)
    return str(done.stderr).strip()


def main() -> None:
    """Compile, and remove what was made of older sources; or say that it can't be done, and what that means."""
    into, said = library(), "there is no C compiler (CC, cc, or the wheel ziglang)"
    for compiler in compilers():
        if into.exists() or (said := build(into, compiler) or "") == "":
            break
    for old in SOURCE.parent.glob("pages-*.so"):
        if old != into:
            old.unlink()
    if not into.exists():
        print(f"The main query could not be compiled and takes twice as long: {said}", file=sys.stderr)  # noqa: T201 - a script


if __name__ == "__main__":
    main()
