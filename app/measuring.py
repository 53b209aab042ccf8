"""The process that measures whole graphs: it can be ended at any moment, and nobody but who asked will notice.

It says that it is ready, is told what to do on its standard input and answers on its standard output, a length and a
pickle each time: a question, where the fold that it measures lies, and the nodes that it names; back comes what was
measured, or what went wrong. It ends when its input does, so it never outlives whoever started it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import struct
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from graph import queries
from graph.errors import EntenteError

if TYPE_CHECKING:
    from graph.queries import WholeGraph
    from graph.snapshot.fold import Fold

LENGTH: Final = struct.Struct(">Q")
"""What stands before each message."""
READY: Final = b"ready"


@lru_cache(maxsize=2)
def _mapped(folder: Path) -> Fold:
    from graph.snapshot import fold  # noqa: PLC0415 - scipy: whoever starts such processes needs none

    return fold.load(folder)


def answer(question: WholeGraph, folder: str, nodes: list[int] | None) -> tuple[str, Any]:
    """What a question measures, or the error to raise where it was asked."""
    try:
        return "measured", question.measured(_mapped(Path(folder)), nodes)
    except EntenteError as error:
        return "refused", error
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told where it is logged
        return "failed", repr(error)


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until there is nothing more to read."""
    while head := asked.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        job = pickle.loads(asked.read(length))  # noqa: S301 - from the process that started this one, over a pipe of theirs
        body = pickle.dumps(answer(*job), pickle.HIGHEST_PROTOCOL)
        told.write(LENGTH.pack(len(body)) + body)
        told.flush()


def main() -> None:
    """Serve standard input, everything that will be needed already imported."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts the server means the server
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not stand among the answers
    import graph.snapshot.backend  # noqa: PLC0415 - networkx, which only this process needs
    import graph.snapshot.balance  # noqa: F401, PLC0415 - and the optimizer

    queries.every()
    with contextlib.suppress(BrokenPipeError):
        told.write(READY)
        told.flush()
        serve(sys.stdin.buffer, told)


if __name__ == "__main__":
    main()
