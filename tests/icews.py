"""ICEWS14, imported: 90,730 events of 2014 between 7,128 actors, for whoever asks questions of real data.

The fixture `icews14` is the file of an SQLite ledger that holds them, made once for all test processes of a run. It is
shared: copy it before writing. Actors are found as `icews14:<label>`, such as `icews14:John Kerry`.
"""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from graph.db import connect
from graph.formats import importers
from graph.store import Store
from graph.transfer.counts import Counts
from graph.transfer.importing import Import, Into, Listener
from graph.transfer.reading import FileLines

EVENTS = Path(__file__).parents[2] / "shared" / "data" / "events"
ICEWS14 = EVENTS / "icews14.tsv.gz"
ABSENT = "the real data in ../shared/data is not on this machine"
needs_real_data = pytest.mark.skipif(not ICEWS14.exists(), reason=ABSENT)


def import_file(store: Store, format_: str, path: Path, dataset: str | None = None, **more: object) -> Counts:
    """Import a file; `rejected` is a list that the rejects are added to."""
    importer = importers()[format_]
    rejected = more.pop("rejected", [])
    assert isinstance(rejected, list)
    work = Import(store, importer, Into.of(importer, dataset or importer.dataset or ""), **more)  # type: ignore[arg-type]  # a batch's size
    return work.run(FileLines(path), told=Listener(rejected=rejected.append))


@pytest.fixture(scope="session")
def icews14(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, worker_id: str) -> Path:
    """The file of a ledger with ICEWS14, which is not to be written to."""
    if not ICEWS14.exists():
        pytest.skip(ABSENT)
    shared = tmp_path_factory.getbasetemp()
    folder = shared if worker_id == "master" else shared.parent
    path = folder / "icews14.db"
    with (folder / "icews14.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            making = folder / "icews14.making"
            shutil.copy(migrated_file, making)
            engine = connect(f"sqlite:///{making}")
            store = Store(engine)
            import_file(store, "events", ICEWS14, "icews14")
            store.head_file.close()
            engine.dispose()
            making.rename(path)
    return path
