"""How much CPU the language server needs for a keystroke in a file of 1,000 nodes, beside a floor in the same run.

    python -m bench.editing [--nodes 1000] [--rounds 5]

A round is a process of its own with the file open and checked once. Then one property in the middle of the file is typed over and
over: `diagnostics` is the check of the whole file that follows a keystroke, up to YANG; `completion` is the list for the property
that is being typed; `a new line` is the check after a keystroke that moves all templates below it. The floor is `yaml.compose` of
the same text with the C loader, which no server that reuses nothing could do without. A figure is the median of the rounds'
medians.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from bench.rounds import Figures, answer, medians
from bench.topologies import topology
from vtnmd.cli.collector import collect_rarely

KEYSTROKES = 15
LIMIT = 5.0
WANTED_MS = 150
SUBJECTS = ("keystroke",)


def milliseconds(work: Callable[[int], object]) -> float:
    """The median CPU time of a keystroke, each of them another one."""
    found = []
    for number in range(KEYSTROKES):
        begun = time.process_time()
        work(number)
        found.append((time.process_time() - begun) * 1000)
    return statistics.median(found)


def keystroke(nodes: int) -> Figures:
    """The figures of one round."""
    from vtnmd.compiler.models import service_schema
    from vtnmd.language.analysis import Analysis, analyse
    from vtnmd.language.buffers import Buffers
    from vtnmd.language.completion import complete
    from vtnmd.language.outline import outline
    from vtnmd.language.reparsing import Reparser
    from vtnmd.language.roles import View

    collect_rarely()
    text = topology(nodes)
    file = Path("/bench.yaml")
    reparser = Reparser()
    old = f"port: eth{nodes // 2} "

    def checked(changed: str) -> Analysis:
        found = analyse(str(file), Buffers({str(file): changed.encode()}), reparser=reparser)
        if found.diagnostics:
            raise SystemExit(f"unexpected: {found.diagnostics[0]}")
        return found

    analysis = checked(text)
    lines = text.replace(old, "po ").split("\n")
    line = next(number for number, each in enumerate(lines) if ", po " in each)
    column = lines[line].index(", po ") + 4

    def completed(_: int) -> None:
        found = complete(lines, line, column, View(analysis.vocabulary, service_schema(), outline(lines)))
        if "port" not in [item.label for item in found.items]:
            raise SystemExit("the property is not offered")

    middle = text.index(f"    attachment-{nodes // 2}:")
    return {
        "compose": milliseconds(lambda _: yaml.compose(text, Loader=yaml.CSafeLoader)),
        "diagnostics": milliseconds(lambda number: checked(text.replace(old, f"port: eth{number}x "))),
        "a new line": milliseconds(lambda number: checked(text[:middle] + "\n" * (number + 1) + text[middle:])),
        "completion": milliseconds(completed),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        answer(lambda: keystroke(arguments.nodes))
        return 0
    found = medians("bench.editing", SUBJECTS, arguments.rounds, ["--nodes", str(arguments.nodes)])["keystroke"]
    for name, figure in found.items():
        print(f"{name:<14}{figure:>8.1f} ms CPU {figure / found['compose']:>8.2f} × yaml.compose")
    both = found["diagnostics"] + found["completion"]
    ratio = both / found["compose"]
    print(f"a keystroke takes {both:.0f} ms of CPU, diagnostics and completion together ({WANTED_MS} are wanted),")
    print(f"{ratio:.1f} × yaml.compose (limit {LIMIT:g})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
