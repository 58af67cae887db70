"""What a commit of one small edit costs among few services and among many, whose references to each other are dense.

    python -m bench.commits [--services 10000] [--rounds 5]

Every service shares a segment and uses those of three others. A round is a process of its own with a state on SQLite: it starts the
datastore (`start`, seconds and megabytes above the bare process), then commits one leaf of a service after the other, each durable
before the next (`commit`, milliseconds of CPU). Figures are medians over rounds. The limit is on the ratio of many to few.
"""

import argparse
import asyncio
import sys
import tempfile
import time

from bench.rounds import Figures, answer, medians, peak
from vtnmd.cli.collector import collect_rarely
from vtnmd.datastore.edits import ResourceEdit, edit_resources
from vtnmd.datastore.running import Running
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Commit, Origin, Part, service_part
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.tree import Json
from vtnmd.northbound.schema import northbound_schema
from vtnmd.state import open_store
from vtnmd.usecases.keeping import KeptCommits
from vtnmd.yang.api_path import parse_path

FEW = 10
LIMIT = 2.0
START_LIMIT, MEMORY_LIMIT = 5.0, 600.0
EDITS = 200
_USED = 3


def service(number: int, of: int) -> Json:
    own = {"name": "web", "cidr": "10.0.0.0/24", "region": [{"name": "east"}], "shared": {}}
    others = sorted({(number * 7 + step * 13 + 1) % of for step in range(_USED)} - {number})
    used = [
        {"name": f"u{other}", "service": f"s{other}", "vtn": "net", "segment": "web", "region": [{"name": "east"}]}
        for other in others
    ]
    return {"name": f"s{number}", "vtn": [{"name": "net", "tenant": "acme", "segment": [own], "shared-segment": used}]}


def costs(services: int) -> Figures:
    """The figures of one round."""
    collect_rarely()
    schema = northbound_schema()
    with tempfile.TemporaryDirectory(dir=".") as folder, open_store(folder) as store:
        parts: dict[Part, Json] = {ROOT: {"region": [{"name": "east"}]}}
        parts |= {service_part(f"s{number}"): service(number, services) for number in range(services)}
        log = KeptCommits(store)
        log.write_commits([Commit(Origin("bench", "cli"), parts, 1.0)], 0)
        del parts
        bare = peak()
        begun = time.perf_counter()
        running = Running(schema, log, time.time)
        running.load()
        start = time.perf_counter() - begun
        return {"start": start, "memory": peak() - bare, "commit": asyncio.run(_commits(running, services))}


async def _commits(running: Running, services: int) -> float:
    """Milliseconds of CPU for one, at the median."""
    found = []
    for number in range(EDITS):
        steps = parse_path(running.schema, f"vtnmd-vtn:services/service=s{number * 37 % services}/vtn=net/segment=web/description")
        edit = ResourceEdit("replace", steps, f"edit {number}")

        def edited(tree: Tree, edit: ResourceEdit = edit) -> Changes:
            return edit_resources(running.schema, tree, [edit])

        begun = time.process_time()
        await running.commit(edited, Origin("bench", "restconf"))
        found.append((time.process_time() - begun) * 1000)
    await running.aclose()
    return sorted(found)[len(found) // 2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        answer(lambda: costs(int(arguments.one)))
        return 0
    subjects = (str(FEW), str(arguments.services))
    found = medians("bench.commits", subjects, arguments.rounds, [])
    for subject in subjects:
        figures = found[subject]
        print(
            f"{subject:>6} services  start {figures['start']:5.2f} s  {figures['memory']:5.0f} MB  "
            f"commit {figures['commit']:6.3f} ms CPU"
        )
    many = found[subjects[1]]
    ratio = many["commit"] / found[subjects[0]]["commit"]
    print(f"a commit costs {ratio:.2f} × as much (limit {LIMIT:g})")
    return int(ratio > LIMIT or many["start"] > START_LIMIT or many["memory"] > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
