"""How much CPU and memory it takes to read, validate and compile a topology, beside two peers in the same run.

    python bench/compile.py [--nodes 100 1000 10000] [--rounds 3] [--without tosca-parser]

Peers on the same file: `yaml.compose` with the C loader, the floor of whatever reads YAML with positions, and stock tosca-parser,
which reads and checks TOSCA alone. Each figure is the median CPU time of as many rounds, each round in a process of its own;
tosca-parser, which takes minutes at 10,000 nodes, has one round. All of them collect cycles as rarely as vtnmd does, which makes
the floor lower than it is elsewhere; `compose, stock` is the floor with the interpreter's own setting.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.topologies import inventory, topology
from vtnmd.cli.collector import collect_rarely

LIMITS = {"of yaml.compose at the largest size": 10.0, "of the same with a tenth of the nodes": 12.0}
MEMORY_LIMIT = 450


def compose(file: Path, _inventory: Path) -> None:
    with file.open("rb") as stream:
        yaml.compose(stream, Loader=yaml.CSafeLoader)


def vtnmd(file: Path, stock: Path) -> None:
    from vtnmd.compiler.check import check_intent
    from vtnmd.compiler.cycles import check_cycles
    from vtnmd.compiler.inventory import read_inventory
    from vtnmd.compiler.models import service_schema
    from vtnmd.compiler.pipeline import compile_service
    from vtnmd.compiler.tosca import bind, read_topology
    from vtnmd.domain.allocations import EMPTY

    regions = read_inventory(stock)
    found = read_topology(file, {})
    check_cycles(found)
    intent = bind(found, service_schema(), "bench").intent
    compile_service(check_intent(intent, regions).intent, regions, EMPTY)


def tosca_parser(file: Path, _inventory: Path) -> None:
    from toscaparser.tosca_template import ToscaTemplate

    ToscaTemplate(path=str(file))


STOCK = "compose, stock"
SUBJECTS: dict[str, Callable[[Path, Path], None]] = {
    "yaml.compose": compose,
    STOCK: compose,
    "vtnmd": vtnmd,
    "tosca-parser": tosca_parser,
}


def measure(subject: str, file: Path, stock: Path) -> dict[str, float]:
    """CPU seconds of one round without start-up, and the peak of resident memory in MiB."""
    if subject != STOCK:
        collect_rarely()
    if subject == "vtnmd":
        _warm_up()
    begun = time.process_time()
    SUBJECTS[subject](file, stock)
    return {"cpu": time.process_time() - begun, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _warm_up() -> None:
    """Import and load the models: what a process does once, however large the topology."""
    with tempfile.TemporaryDirectory() as folder:
        small, stock = _write(Path(folder), 10)
        vtnmd(small, stock)


def _write(folder: Path, nodes: int) -> tuple[Path, Path]:
    file, stock = folder / f"{nodes}.yaml", folder / "inventory.yaml"
    file.write_text(topology(nodes))
    stock.write_text(inventory())
    return file, stock


def stock_form(file: Path) -> Path:
    """The same topology for tosca-parser, which finds an import by its path only."""
    from vtnmd.assets import TOSCA_MODELS

    rewritten = file.with_suffix(".stock.yaml")
    profile = TOSCA_MODELS / "vtnmd.yaml"
    rewritten.write_text(file.read_text().replace("imports: [ vtnmd ]", f"imports: [ {profile} ]"))
    return rewritten


def run(subject: str, file: Path, stock: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", subject, str(file), str(stock)]
    results = [json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout) for _ in range(rounds)]
    return {name: statistics.median(result[name] for result in results) for name in ("cpu", "memory")}


def table(sizes: list[int], rounds: int, subjects: list[str]) -> dict[int, dict[str, dict[str, float]]]:
    found: dict[int, dict[str, dict[str, float]]] = {}
    print(f"{'nodes':>7}  {'subject':<14}{'CPU s':>8}{'× compose':>11}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for nodes in sizes:
            file, stock = _write(Path(folder), nodes)
            found[nodes] = {}
            for subject in subjects:
                given = stock_form(file) if subject == "tosca-parser" else file
                result = found[nodes][subject] = run(subject, given, stock, 1 if subject == "tosca-parser" else rounds)
                ratio = result["cpu"] / found[nodes]["yaml.compose"]["cpu"]
                print(f"{nodes:>7}  {subject:<14}{result['cpu']:>8.3f}{ratio:>11.1f}{result['memory']:>10.0f}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", choices=["tosca-parser"], help="leave the slow peer out")
    parser.add_argument("--one", nargs=3, metavar=("SUBJECT", "FILE", "INVENTORY"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        subject, file, stock = arguments.one
        print(json.dumps(measure(subject, Path(file), Path(stock))))
        return 0
    sizes = sorted(arguments.nodes)
    found = table(sizes, arguments.rounds, [name for name in SUBJECTS if name != arguments.without])
    largest = found[sizes[-1]]
    figures = {"of yaml.compose at the largest size": largest["vtnmd"]["cpu"] / largest["yaml.compose"]["cpu"]}
    if sizes[-1] // 10 in found:
        figures["of the same with a tenth of the nodes"] = largest["vtnmd"]["cpu"] / found[sizes[-1] // 10]["vtnmd"]["cpu"]
    for name, figure in figures.items():
        print(f"vtnmd takes {figure:.1f} × the CPU {name} (limit {LIMITS[name]:g})")
    print(f"vtnmd peaks at {largest['vtnmd']['memory']:.0f} MiB (limit {MEMORY_LIMIT})")
    return int(any(figure > LIMITS[name] for name, figure in figures.items()) or largest["vtnmd"]["memory"] > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
