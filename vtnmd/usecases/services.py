"""From a service as written to what it comes to: validate, compile, render. Reads the state and writes none of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from vtnmd.assets import TEMPLATES
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.cycles import check_cycles
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.lasting_names import MOVED_FROM, without_moves
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.pipeline import Compiled, compile_service
from vtnmd.compiler.tosca import Bound, Opened, bind, open_service, read_topology, with_urls
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid, in_order
from vtnmd.domain.intent import Intent, referred_services
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.models import TEMPLATES as TEMPLATE_FILES
from vtnmd.domain.topology import Topology
from vtnmd.planner import Wanted
from vtnmd.render.catalogue import Catalogue
from vtnmd.state import Store, open_store
from vtnmd.usecases.fetching import Pages
from vtnmd.usecases.models import models_for

_CATALOGUES = 16

NOWHERE = Intent("", {})
"""Stands for an Intent that was not written anywhere."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a service comes from: TOSCA file, folder or CSAR, input values, an inventory (None: that of the state), another name.

    `models` is a folder of a designer's own models; None: those that the state keeps for the service. `pages` fetches what it
    imports by URL; None: nothing is fetched.
    """

    service: Path
    inputs: Path | None = None
    inventory: Path | None = None
    name: str = ""
    models: Path | None = None
    pages: Pages | None = None

    def opened(self) -> Opened:
        """The service template in its library. Raises Invalid."""
        opened = open_service(self.service)
        return with_urls(opened, self.pages.fetch) if self.pages else opened


@dataclass(frozen=True, slots=True)
class Validated:
    """A service that is well-formed. `unchecked` are references that only an inventory could confirm."""

    intent: Intent
    unchecked: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid Intent, the inventory that it was checked with, and the warnings about its topology."""

    intent: Intent
    inventory: Inventory
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A service compiled for an inventory. `warnings` are those of its topology and of its resources."""

    intent: Intent
    inventory: Inventory
    compiled: Compiled
    warnings: tuple[Diagnostic, ...]

    @property
    def wanted(self) -> Wanted:
        """The same in the words of the planner."""
        return Wanted(self.intent, self.compiled.graph, self.compiled.allocations, self.compiled.probes)


def validate(source: Source, state: str) -> Validated:
    """Check a service against the models and, where there is an inventory, against that too. Raises Invalid."""
    with open_store(state, create=False) as store:
        bound, inventory = _read(source, store)
        checked = check_intent(bound.intent, inventory)
        if inventory is None:
            return Validated(checked.intent, checked.unchecked, bound.warnings)
        compiled = compile_service(checked.intent, inventory, store.allocations())
    return Validated(checked.intent, checked.unchecked, in_order((*bound.warnings, *compiled.warnings)))


def models_of(source: Source, store: Store) -> Models:
    """A designer's models for the service: those that are given, or else those that the state keeps for it. Raises Invalid."""
    return models_for(source.opened, source.name, source.models, store)


def topology_of(source: Source, state: str) -> Topology:
    """The service as its designer wrote it. Raises Invalid."""
    with open_store(state, create=False) as store:
        models = models_of(source, store)
    return _checked(read_topology(source.opened(), source.inputs, models=models))


def _checked(topology: Topology) -> Topology:
    check_cycles(topology)
    return topology


def compile_for(source: Source, store: Store, held: Allocations | None = None) -> Ready:
    """The service as resources, with what it would draw from pools where the state's allocations, or those given, are `held`.

    Raises Invalid, also where there is no inventory at all.
    """
    return compile_checked(check_source(source, store), store, held)


def check_source(source: Source, store: Store) -> Checked:
    """The service as a valid Intent. Raises Invalid, also where there is no inventory at all."""
    bound, inventory = _read(source, store)
    return check_for(bound.intent, inventory, bound.warnings)


def compile_intent(intent: Intent, inventory: Inventory | None, store: Store, warnings: tuple[Diagnostic, ...] = ()) -> Ready:
    """`compile_for` an Intent, however it came about. `warnings` are those that are known already."""
    return compile_checked(check_for(with_others(intent, store), inventory, warnings), store)


def check_for(intent: Intent, inventory: Inventory | None, warnings: tuple[Diagnostic, ...] = ()) -> Checked:
    """The Intent, found valid. Raises Invalid, also where there is no inventory at all. `warnings` are those that are known."""
    if inventory is None:
        raise Invalid(
            Diagnostic("VTN-I005", "there is no inventory", hint="name one with -I, or keep one with: vtnmd inventory load FILE")
        )
    return Checked(check_intent(intent, inventory).intent, inventory, warnings)


def compile_checked(checked: Checked, store: Store, held: Allocations | None = None) -> Ready:
    """`compile_for` from the valid Intent on."""
    compiled = compile_service(checked.intent, checked.inventory, _taken(checked, store) if held is None else held)
    warnings = in_order((*checked.warnings, *compiled.warnings))
    return Ready(without_moves(checked.intent), checked.inventory, compiled, warnings)


def _taken(checked: Checked, store: Store) -> Allocations:
    """What is drawn from all the pools that the service may draw from: those that services share, its own, and its hosts'.

    Other services have pools of their own, under names that the pool of service names gives to nobody else.
    """
    names = (checked.intent.name, *checked.intent.service.get(MOVED_FROM, ()), *checked.intent.others)
    return store.allocations({*checked.inventory.pools(), SERVICE_NAMES, *store.pools_of(names)})


def compile_source(source: Source, state: str, topology: Topology | None = None) -> Ready:
    """`compile_for` on the state in a folder. `topology` is that of the service where it has been read already."""
    with open_store(state, create=False) as store:
        bound, inventory = _read(source, store, topology)
        return compile_checked(check_for(bound.intent, inventory, bound.warnings), store)


@lru_cache(_CATALOGUES)
def catalogue(models: Models = NO_MODELS, earlier: tuple[Models, ...] = ()) -> Catalogue:
    """The templates that ship with vtnmd and those of a designer, compiled once; what these lack is taken from `earlier` ones."""
    return Catalogue([TEMPLATES], [each.below(TEMPLATE_FILES) for each in (models, *earlier)])


def templates_for(models: Models, store: Store) -> Catalogue:
    """The templates of a service made with `models`. What its designer has dropped is still rendered while it has to be removed."""
    return catalogue(models, store.kept_models() if models else ())


def find_inventory(path: Path | None, store: Store) -> Inventory | None:
    """The inventory of a file, else the one that the state holds."""
    if path is not None:
        return read_inventory(path)
    document = store.inventory()
    return None if document is None else Inventory(document)


def endpoint_kinds(inventory: Inventory) -> Mapping[str, str]:
    """Endpoint id → kind."""
    return {endpoint.id: endpoint.kind for endpoint in inventory.endpoints()}


def _read(source: Source, store: Store, topology: Topology | None = None) -> tuple[Bound, Inventory | None]:
    """The service and the inventory. Raises Invalid with what is wrong with either."""
    problems: list[Diagnostic] = []
    bound, inventory = Bound(NOWHERE, ()), None
    try:
        models = models_of(source, store)
        topology = _checked(topology or read_topology(source.opened(), source.inputs, models=models))
        bound = bind(topology, service_schema(models), source.name)
        bound = replace(bound, intent=replace(bound.intent, models=models))
    except Invalid as problem:
        problems += problem.diagnostics
    try:
        inventory = find_inventory(source.inventory, store)
    except Invalid as problem:
        problems += problem.diagnostics
    if problems:
        raise Invalid(*problems)
    return replace(bound, intent=with_others(bound.intent, store)), inventory


def with_others(intent: Intent, store: Store) -> Intent:
    """The Intent together with the services that it refers to: those that it came with, and others as the state holds them."""
    held = {
        name: known.intent.service for name in referred_services(intent.service) if (known := store.service(name)) and known.intent
    }
    return replace(intent, others={**held, **intent.others}) if held else intent
