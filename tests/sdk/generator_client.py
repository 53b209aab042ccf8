"""What a program does with the client that openapi-generator makes: python generator_client.py URL KEY."""

# mypy: ignore-errors
# ruff: noqa: PT018 - what holds of one thing stands together
# The generated package is made by run.py, and is nowhere to be seen when types are checked.

import sys
from http import HTTPStatus

from openapi_client import ActorBody, ActorsApi, ApiClient, BatchApi, Configuration, RelationsApi, ServiceApi
from openapi_client.exceptions import NotFoundException

here, key = sys.argv[1:]
with ApiClient(Configuration(host=here, access_token=key)) as client:
    # A list with filters, as typed fields.
    relations = RelationsApi(client)
    page = relations.list_actor_relations(
        "russia", type=["sanction"], valid_at="2026-02-09", include=["claims", "about"]
    )
    (sanction,) = page.items
    assert (sanction.source.id, sanction.start, sanction.end_status) == ("us", None, "ongoing")
    assert sanction.attributes == {"sector": "energy"}
    assert sanction.claims[0].document.publisher.kind == "unknown"

    # All pages.
    walked, cursor = [], None
    while not walked or cursor:
        page = relations.list_relations(limit=5, cursor=cursor)
        walked += [relation.id for relation in page.items]
        cursor = page.next
    assert len(set(walked)) == len(walked) == ServiceApi(client).get_stats().relations

    # A problem, as its own type.
    actors = ActorsApi(client)
    nobody = None
    try:
        actors.get_actor("russa")
    except NotFoundException as told:
        nobody = told
    assert nobody.status == HTTPStatus.NOT_FOUND and '"russia"' in nobody.data.detail

    # A write, the record amended by its tag, and a batch.
    added = actors.add_actor_with_http_info(ActorBody(kind="organization", name="Generated Desk"))
    assert added.data.id == "generated-desk"
    amended = actors.amend_actor(
        added.data.id, added.headers["etag"], ActorBody(kind="organization", name="The Generated Desk")
    )
    assert amended.version == 2
    lines = b'{"op": "actor", "kind": "place", "name": "Generated Square"}\n'
    assert BatchApi(client).write_batch(lines).results[0].id == "generated-square"
