"""What a program does with the client that openapi-python-client makes: python python_client.py URL KEY."""

# mypy: ignore-errors
# ruff: noqa: PT018 - what holds of one thing stands together
# The generated package is made by run.py, and is nowhere to be seen when types are checked.

import sys
from http import HTTPStatus
from io import BytesIO

from entente_client import AuthenticatedClient, Client
from entente_client.api.actors import add_actor, amend_actor, get_actor
from entente_client.api.batch import write_batch
from entente_client.api.relations import list_actor_relations, list_relations
from entente_client.api.service import get_stats
from entente_client.models import ActorBody, ActorBodyKind, ListActorRelationsIncludeItem, Problem, RelationPage
from entente_client.types import File

here, key = sys.argv[1:]
client = Client(base_url=here)

# A list with filters, as typed fields.
page = list_actor_relations.sync(
    "russia",
    client=client,
    type_=["sanction"],
    valid_at="2026-02-09",
    include=[ListActorRelationsIncludeItem.CLAIMS, ListActorRelationsIncludeItem.ABOUT],
)
assert isinstance(page, RelationPage)
(sanction,) = page.items
assert (sanction.source.id, sanction.start, sanction.end_status) == ("us", None, "ongoing")
assert sanction.attributes.to_dict() == {"sector": "energy"}
assert sanction.claims[0].document.publisher.kind == "unknown"

# All pages.
walked, cursor = [], None
while not walked or cursor:
    page = list_relations.sync(client=client, limit=5, **({"cursor": cursor} if cursor else {}))
    walked += [relation.id for relation in page.items]
    cursor = page.next_
assert len(set(walked)) == len(walked) == get_stats.sync(client=client).relations

# A problem, as its own type.
nobody = get_actor.sync(client=client, id="russa")
assert isinstance(nobody, Problem)
assert nobody.status == HTTPStatus.NOT_FOUND and '"russia"' in nobody.detail

# A write, the record amended by its tag, and a batch.
with AuthenticatedClient(base_url=here, token=key) as desk:
    added = add_actor.sync_detailed(client=desk, body=ActorBody(kind=ActorBodyKind.ORGANIZATION, name="Python Desk"))
    assert added.parsed.id == "python-desk"
    amended = amend_actor.sync(
        added.parsed.id,
        client=desk,
        body=ActorBody(kind=ActorBodyKind.ORGANIZATION, name="The Python Desk"),
        if_match=added.headers["etag"],
    )
    assert amended.version == 2
    lines = File(payload=BytesIO(b'{"op": "actor", "kind": "place", "name": "Python Square"}\n'))
    assert write_batch.sync(client=desk, body=lines).results[0].id == "python-square"
