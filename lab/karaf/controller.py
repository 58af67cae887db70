"""A running OpenDaylight, in namespaces of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.commands import say
from lab.isolation import isolated
from lab.karaf.distribution import Distribution
from lab.karaf.process import PASSWORD, PORT, USERNAME


@dataclass(frozen=True, slots=True)
class Controller:
    """A running OpenDaylight. `url` means something to programs started with `enter` before them only."""

    url: str
    username: str
    password: str
    enter: tuple[str, ...]


@contextmanager
def running_controller(inside: str, distribution: Distribution, folder: Path) -> Iterator[Controller]:
    """Run the module `inside`, which starts the controller, with its files below `folder`, until the context is left."""
    say("starting the controller, which takes half a minute to two")
    with isolated("the controller", inside, [distribution.karaf, distribution.java_home], folder) as running:
        yield Controller(f"http://127.0.0.1:{PORT}", USERNAME, PASSWORD, running.enter)
