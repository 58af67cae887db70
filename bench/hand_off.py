"""How long a Heat template of many servers takes: `python -m bench.hand_off [--servers 10000] [--rounds 3]`.

A plain topology of servers is read, compiled and written as text, as `vtnmd render` does it. The floor is `yaml.compose` with the C
loader on the same file. Both collect cycles as rarely as vtnmd does. Figures are medians of as many rounds, each in a process of
its own.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import yaml

from bench.rounds import Figures, Stopwatch, answer, line, medians
from vtnmd.cli.collector import collect_rarely
from vtnmd.usecases.rendering import render_source
from vtnmd.usecases.services import Source

COMPOSE, HAND_OFF = "yaml.compose", "hand-off"
LIMIT = 6.0


def topology(servers: int) -> str:
    """As many servers, of a few sizes."""
    lines = ["tosca_definitions_version: tosca_simple_yaml_1_3", "topology_template:", "  node_templates:"]
    for number in range(servers):
        lines += [
            f"    server-{number}:",
            "      type: tosca.nodes.Compute",
            "      capabilities:",
            "        host:",
            f"          properties: {{ num_cpus: {number % 4 + 1}, mem_size: 2 GB, disk_size: 10 GB }}",
            "        os:",
            '          properties: { architecture: x86_64, type: Linux, distribution: Ubuntu, version: "14.04" }',
        ]
    return "\n".join(lines) + "\n"


def measure(subject: str, servers: int) -> Figures:
    """One round, without start-up and what a process reads once."""
    collect_rarely()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "service.yaml"
        file.write_text(topology(2))
        render_source(Source(file), "", ())
        file.write_text(topology(servers))
        with Stopwatch() as watch:
            if subject == COMPOSE:
                with file.open("rb") as stream:
                    yaml.compose(stream, Loader=yaml.CSafeLoader)
            else:
                render_source(Source(file), "", ())
        return watch.figures()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=(COMPOSE, HAND_OFF), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        answer(lambda: measure(arguments.one, arguments.servers))
        return 0
    found = medians("bench.hand_off", (COMPOSE, HAND_OFF), arguments.rounds, ("--servers", str(arguments.servers)))
    for subject, figures in found.items():
        line(subject, figures)
    ratio = found[HAND_OFF]["cpu"] / found[COMPOSE]["cpu"]
    print(f"a template of {arguments.servers} servers takes {ratio:.1f} × the CPU of yaml.compose (limit {LIMIT:g})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
