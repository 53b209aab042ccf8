"""What the followthemoney library makes of entities: asked by the tests, run by the interpreter that has the library.

    python library.py model                what there is: schemas, edges, properties, what identifies
    python library.py check < entities     what the library would refuse, drop or change, a sentence each

Both answer in JSON. The library pins packages that the service has in other versions, so it has an environment of its
own (`make test` makes it), and this file knows nothing of the service.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from followthemoney import model
from followthemoney.exc import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterator


def schemas() -> dict[str, Any]:
    """Each schema by its name."""
    return {
        schema.name: {
            "abstract": schema.abstract,
            "edge": schema.edge,
            "properties": {name: prop.type.name for name, prop in schema.properties.items() if not prop.stub},
        }
        for schema in model
    }


def faults(entity: dict[str, Any]) -> Iterator[str]:
    """What is wrong with an entity."""
    schema = model.get(entity["schema"])
    if schema is None or schema.abstract:
        yield f"{entity['schema']} is no schema that an entity can have"
        return
    try:
        schema.validate(entity)
    except InvalidData as error:
        yield f"{error}: {error.errors}"
    given = entity["properties"]
    kept = model.get_proxy(entity, cleaned=False).to_dict()["properties"]
    for name in sorted(given.keys() | kept.keys()):
        if sorted(given.get(name, [])) != sorted(kept.get(name, [])):
            yield f"{name} was {given.get(name)} and became {kept.get(name)}"


if __name__ == "__main__":
    if sys.argv[1] == "model":
        json.dump(schemas(), sys.stdout)
    else:
        entities = map(json.loads, sys.stdin)
        json.dump(
            [f"{each['id']}, {each['schema']}: {fault}" for each in entities for fault in faults(each)], sys.stdout
        )
