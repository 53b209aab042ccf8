"""The short way: a GET of a question goes straight to its door, past the framework's layers and its list of routes.

1. It is open to a GET whose path is a question's, as the framework would match it: the first route, in their order,
   whose expression fits.
2. All else (other methods, other paths, a service under a root path) goes the long way, and is answered as ever.
3. At the end of both ways is the same door, and around both the same envelope, which answers what nobody expected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.mount import QuestionRoute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send


class Quick:
    """The layer; the routes that are questions have their own way, `app` is everybody else's."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._routes: dict[tuple[int, str, str], list[QuestionRoute]] = {}
        questions = [route for route in routes if isinstance(route, QuestionRoute)]
        for kind in {_kind(route.path) for route in questions}:
            for last in (kind[2], ""):
                alike = {(*kind[:2], last), (*kind[:2], "")}
                self._routes[*kind[:2], last] = [route for route in questions if _kind(route.path) in alike]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope.get("root_path"):
            path = scope["path"]
            kind = _kind(path)
            for route in self._routes.get(kind) or self._routes.get((*kind[:2], "")) or ():
                if fits := route.path_regex.match(path):
                    scope["path_params"] = fits.groupdict()
                    await route.door(scope, receive, send)
                    return
        await self.app(scope, receive, send)


def _kind(path: str) -> tuple[int, str, str]:
    """What a path must have of a template for that to be its: its number of slashes, first word and last word.

    A template that has a parameter for its last word has no such.
    """
    first, _, rest = path[1:].partition("/")
    last = rest.rpartition("/")[2]
    return path.count("/"), first, "" if "{" in last else last
