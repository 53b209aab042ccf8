"""The document in which a row's claim was read: a page, a story, or else whatever its publisher printed on that day."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from graph.formats.incoming import Paper, Party
from graph.time import unpack

ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{1,1990}")


def paper(publisher: str | None, story: str | None, url: str | None, on: int) -> Paper | None:
    """Make the document of a claim, if the row names its publisher or its address."""
    if url is not None and not ADDRESS.fullmatch(url):
        url = None
    if publisher is None and url is not None:
        publisher = url.split("/")[2].lower().removeprefix("www.")
    if publisher is None:
        return None
    party = Party(publisher, publisher, "organization")
    if url is not None:
        return Paper(f"page-{short(publisher, url)}", party, on, url=url)
    if story is not None:
        return Paper(f"story-{short(publisher, story)}", party, on, title=f"Story {story}")
    return Paper(f"day-{short(publisher, str(on))}", party, on, title=f"{publisher}, {unpack(on)}")


def short(*said: str) -> str:
    """Give 16 letters that stand for these words."""
    return blake2b("\n".join(said).encode(), digest_size=8).hexdigest()
