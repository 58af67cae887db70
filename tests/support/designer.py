"""A designer at work: a topology that is applied at once, changed, and planned again."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.deployment import Deployment
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.state import open_store
from vtnmd.usecases.plans import Planned, plan_service
from vtnmd.usecases.services import Source

SHOP = Path(__file__).parents[2] / "examples" / "global-shop"


@dataclass(frozen=True)
class Designer:
    """Works in a folder on copies of examples/global-shop; the state is in it too."""

    folder: Path

    @property
    def state(self) -> str:
        return str(self.folder / "state")

    @property
    def file(self) -> Path:
        return self.folder / "service.yaml"

    @property
    def inventory(self) -> Path:
        return SHOP / "inventory.yaml"

    def write(self, *edits: tuple[str, str]) -> Path:
        """The shop with each first text replaced by the second."""
        text = (SHOP / "service.yaml").read_text()
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        self.file.write_text(text)
        return self.file

    def apply(self, *edits: tuple[str, str], name: str = "") -> str:
        """The id of the run."""
        stock = read_inventory(self.inventory)
        intent = bind(read_topology(self.write(*edits)), service_schema(), name).intent
        with open_store(self.state) as store:
            deployed = Deployment(store, stock)
            return deployed.carry_out(deployed.plan(intent))

    def plan(self, *edits: tuple[str, str]) -> Planned:
        return plan_service(Source(self.write(*edits), inventory=self.inventory), self.state, "somebody")

    def line_of(self, text: str) -> int:
        """The line of the topology that begins with the text, after blanks."""
        lines = self.file.read_text().split("\n")
        return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))
