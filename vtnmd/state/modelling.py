"""The models of designers, each set of files once, by its digest. What a run may go back to needs them, so they stay."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.state.rows import chunks, dump, put
from vtnmd.state.tables import models


def keep_models(connection: Connection, kept: Models, now: float) -> None:
    """Keep the files, and note that they are used; no files are kept nowhere."""
    if kept:
        put(connection, models, [{"digest": kept.digest, "files": dump(kept.to_json()), "used": now}])


def read_models(connection: Connection, digests: Iterable[str]) -> Mapping[str, Models]:
    """The models by digest; the empty digest stands for none."""
    found = {"": NO_MODELS}
    for part in chunks(set(digests) - {""}):
        rows = connection.execute(select(models).where(models.c.digest.in_(part)))
        found |= {row.digest: Models(json.loads(row.files)) for row in rows}
    return found


def kept_models(connection: Connection) -> tuple[Models, ...]:
    """All of them, those that were used last first."""
    rows = connection.execute(select(models).order_by(models.c.used.desc(), models.c.digest))
    return tuple(Models(json.loads(row.files)) for row in rows)


def are_models_kept(connection: Connection) -> bool:
    return connection.execute(select(models.c.digest).limit(1)).first() is not None
