"""Structured logs: a JSON object a line, with the run, the request and the changes that it is about."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Step
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener

_log = logging.getLogger("vtnmd.run")
_LEVELS = {
    Step.FAILED: logging.ERROR,
    Step.IN_DOUBT: logging.WARNING,
    Step.WAITING: logging.WARNING,
    Step.REVERSING: logging.WARNING,
}
_FIELDS = "vtnmd_fields"


class JsonLines(logging.Formatter):
    """A record as one line: time (UTC), level, logger and message, then the fields that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Json] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def open_log(path: Path) -> logging.Handler:
    """Append all that vtnmd logs, from level info on, to a file that its owner alone can read. Raises Invalid (VTN-F008)."""
    try:
        path.touch(mode=0o600, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: {error.strerror}", hint="name another file")) from None
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("vtnmd")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Log no more to what `open_log` gave."""
    logging.getLogger("vtnmd").removeHandler(handler)
    handler.close()


def log_events(plan: Plan) -> Listener:
    """A listener that logs each event of a run of the plan. Attributes that endpoints answered are left out."""
    requests = {request.id: request for request in plan.requests}

    def tell(event: Event) -> None:
        request = requests.get(original_id(event.request) or event.request)
        _log.log(
            _LEVELS.get(event.step, logging.INFO),
            "%s %s",
            event.step.value,
            event.request or event.run,
            extra={_FIELDS: _fields(plan, event, request)},
        )

    return tell


def _fields(plan: Plan, event: Event, request: Request | None) -> Mapping[str, Json]:
    fields: dict[str, Json] = {"service": plan.service, "run": event.run, "sequence": event.sequence, "step": event.step.value}
    if request is not None:
        fields |= {
            "request": event.request,
            "region": request.region,
            "endpoint": request.endpoint,
            "changes": [str(address) for address in request.changes],
        }
    if event.step not in (Step.ANSWERED, Step.SETTLED):
        fields["detail"] = event.detail
    return fields
