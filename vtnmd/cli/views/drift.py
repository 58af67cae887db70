"""What a check found, by region: a line per resource that is not as applied, and below it the fields that differ."""

from collections import Counter
from collections.abc import Mapping

from rich.text import Text

from vtnmd.cli.views.text import aligned, counted, joined, plain
from vtnmd.domain.drift import Differences, Finding, Standing
from vtnmd.domain.tree import Json
from vtnmd.usecases.checking import Checked

_FOREIGN = "foreign"
_STYLES = {Standing.DRIFTED: "yellow", Standing.MISSING: "bold red", Standing.UNKNOWN: "dim", _FOREIGN: "magenta"}
_WIDEST_VALUE = 60

Row = tuple[str, str, str, str]


def show_checked(what: str, checked: Checked) -> Text:
    """`what` names the services that were checked. Resources in sync are only counted."""
    lines = [Text.assemble((plain(what), "bold"), f": {_counts(checked)}")]
    for region, rows in sorted(_by_region(checked).items()):
        lines += [Text(""), Text(plain(region), style="bold")]
        for line, (row, differences) in zip(aligned([row for row, _ in rows]), rows, strict=True):
            lines.append(Text(line, style=_STYLES[row[0].strip()]))
            lines += show_differences(differences)
    return joined(lines)


def show_differences(differences: Differences) -> list[Text]:
    """A line per field."""
    return [
        Text(f"      {plain(path)}: {_value(expected)} expected, {_value(found)} found", style="dim")
        for path, (expected, found) in differences.items()
    ]


def _counts(checked: Checked) -> str:
    numbers = Counter(finding.standing for finding in checked.findings)
    told = [f"{numbers[standing]} {standing.value.replace('-', ' ')}" for standing in Standing if numbers[standing]]
    accepted = sum(bool(finding.applied.accepted) for finding in checked.standing(Standing.IN_SYNC))
    if accepted:
        told[0] += f" ({accepted} as accepted)"
    if checked.strangers:
        told.append(f"{len(checked.strangers)} {_FOREIGN}")
    return ", ".join(told) or "nothing is applied"


def _by_region(checked: Checked) -> dict[str, list[tuple[Row, Differences]]]:
    regions: dict[str, list[tuple[Row, Differences]]] = {}
    for finding in checked.standing(Standing.DRIFTED, Standing.MISSING):
        regions.setdefault(finding.address.region, []).append((_row(finding), finding.differences))
    for endpoint, reasons in _unknown(checked).items():
        region, _, name = endpoint.partition("/")
        for reason, number in reasons.items():
            row = (f"  {Standing.UNKNOWN}", plain(name), counted(number, "resource"), plain(reason))
            regions.setdefault(region, []).append((row, {}))
    for endpoint, stranger in checked.strangers:
        region, _, name = endpoint.partition("/")
        remark = f"in {stranger.place}" + (f", {stranger.detail}" if stranger.detail else "")
        row = (f"  {_FOREIGN}", plain(f"{name}/{stranger.kind}"), plain(stranger.name), plain(remark))
        regions.setdefault(region, []).append((row, {}))
    return regions


def _row(finding: Finding) -> Row:
    address = finding.address
    kind = f"{address.endpoint}/{address.kind}".lstrip("/")
    return f"  {finding.standing}", plain(kind), plain(address.label), plain(finding.applied.resource.summary)


def _unknown(checked: Checked) -> Mapping[str, Counter[str]]:
    """Why how many resources of each endpoint are not known."""
    reasons: dict[str, Counter[str]] = {}
    for finding in checked.standing(Standing.UNKNOWN):
        summary = finding.problem.summary if finding.problem else ""
        reasons.setdefault(finding.address.endpoint_id, Counter())[summary] += 1
    return reasons


def _value(value: Json) -> str:
    text = "(nothing)" if value is None else plain(str(value))
    return text if len(text) <= _WIDEST_VALUE else text[: _WIDEST_VALUE - 1] + "…"
