"""The command line's table of contents. Commands are imported when they are called, so that `--help` is quick."""

import os
import sys
import traceback
from datetime import UTC, datetime
from keyword import iskeyword
from pathlib import Path
from tempfile import gettempdir

from cyclopts import App, CycloptsError, Parameter

from vtnmd import __version__
from vtnmd.cli.collector import collect_rarely
from vtnmd.cli.output import Output, open_output
from vtnmd.cli.parameters import DEFAULT_STATE
from vtnmd.cli.telemetry import telemetry
from vtnmd.cli.views.diagnostics import exit_code
from vtnmd.domain.codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, VtnmdError
from vtnmd.domain.secrecy import without_secrets

_HELP = "Model-driven orchestrator for virtual tenant networks that span datacenter regions."
_EPILOGUE = (
    "Exit codes: 0 ok, 1 failed, 2 usage or invalid model, 3 partly applied (work waits), 4 stale plan, 5 endpoint unreachable, "
    "10 changes (plan and diff --detailed-exitcode), 130 interrupted."
)
_COMMANDS = {
    "validate": ("services", "Check a service against the models and the inventory."),
    "render": ("services", "Write what each endpoint would be sent to files."),
    "package": ("packaging", "Write a service and all that it imports to a CSAR."),
    "graph": ("graph", "Show the resources of a service and why each needs others, as text, data, picture or page."),
    "plan": ("services", "Show what applying a service would do."),
    "diff": ("difference", "Show what differs between two services: their intents, resources and payloads."),
    "approve": ("runs", "Agree to a plan that another user made, from a file or of a commit."),
    "apply": ("runs", "Make endpoints what a service wants."),
    "destroy": ("runs", "Remove a service from every endpoint."),
    "resume": ("runs", "Go on with a run that waits, failed or was interrupted."),
    "cancel": ("runs", "End a run for good, and keep what it did."),
    "rollback": ("runs", "Make a service what it was before a run."),
    "serve": ("serve", "Stay: probe endpoints that are down, and finish what waits when they return."),
    "import": ("importing", "Take over a service that endpoints hold already."),
    "worker": ("worker", "Carry what others began, for regions, on a state in PostgreSQL."),
    "services": ("inspection", "List the services that were applied."),
    "status": ("inspection", "Show what is applied of a service, or how far a run came."),
    "history": ("inspection", "List runs, the latest first."),
    "audit": ("inspection", "List who did what, the latest first."),
    "check": ("drift", "Compare what endpoints hold with what was applied."),
    "probe": ("inspection", "Send packets through a service's interconnects."),
    "fmt": ("editing", "Format TOSCA files, and keep their comments and their meaning."),
    "schema": ("editing", "Write a JSON Schema of service templates, for editors."),
    "bindings": ("bindings", "Write typed Python classes of the models, to build services with."),
    "openapi": ("openapi", "Write an OpenAPI document of what RESTCONF clients are offered."),
    "lsp": ("editing", "Serve an editor over the Language Server Protocol."),
    "explain": ("inspection", "Explain a diagnostic code, or list them all."),
    "version": ("inspection", "Print the version of vtnmd and of Python."),
}
"""Command → its module and what it does. The text stands here so that `--help` imports none of them."""

_GROUPS = {
    "commit": (
        "commits",
        "What was committed, by whom and from where, and the way back.",
        {
            "list": ("listed", "List the commits of the configuration, the latest first."),
            "show": ("show", "Show what a commit changed."),
            "back": ("back", "Make the configuration what it was after a commit."),
        },
    ),
    "user": (
        "accounts",
        "Accounts of those who use RESTCONF, NETCONF and the web page.",
        {
            "add": ("add", "Add a user of RESTCONF, NETCONF and the web page."),
            "list": ("list_users", "List the users."),
            "remove": ("remove", "Remove a user."),
            "password": ("password", "Give a user another password."),
            "key": ("key", "Let a user log in with an SSH key, or no more."),
        },
    ),
    "new": (
        "new",
        "Skeletons for designers.",
        {
            "composite": ("composite", "Write the skeleton of a node type that is made of other nodes."),
            "device": ("device", "Write the skeleton of a device family with templates, types and a YANG module."),
        },
    ),
    "inventory": (
        "inventory",
        "Keep, show and trust what the provider has.",
        {
            "load": ("load", "Check an inventory file and keep it in the state."),
            "show": ("show", "Show the inventory in the state."),
            "trust": ("trust", "Enrol an endpoint's host key or certificate."),
        },
    ),
    "region": (
        "region",
        "Hold regions, and see and tend what waits for them.",
        {
            "list": ("list_regions", "List the regions with their modes and endpoints, and how much waits."),
            "pause": ("pause", "Begin nothing more in a region."),
            "unpause": ("unpause", "End a pause or maintenance."),
            "maintenance": ("maintenance", "Pause a region, and do not probe it either."),
            "queue": ("queue", "List what waits in a region, try it now, or take it out."),
        },
    ),
    "state": (
        "state",
        "Copies of what vtnmd remembers.",
        {
            "backup": ("backup", "Copy the state into one file, also while a run goes on."),
            "restore": ("restore", "Put a copy in the place of the state."),
        },
    ),
    "lab": (
        "lab",
        "Simulated regions on loopback, to try vtnmd without a lab.",
        {
            "up": ("up", "Start simulated regions and wait until they answer."),
            "down": ("down", "Stop the simulated regions."),
            "status": ("status", "Show which regions are up, failed or down, and which links are down."),
            "link": ("link", "Take a link of the backbone down, or up again."),
        },
    ),
}
"""Command that has commands → their module, what it is about, and each with its function and what it does."""


def build() -> App:
    """The application with all its commands by name."""
    app = App(
        name="vtnmd",
        help=_HELP,
        help_epilogue=_EPILOGUE,
        version=f"vtnmd {__version__}",
        version_flags=["--version"],
        default_parameter=Parameter(negative="", show_default=_default),
        suppress_keyboard_interrupt=False,
    )
    for name, (module, line) in _COMMANDS.items():
        app.command(f"vtnmd.cli.{module}:{name}{'_' * iskeyword(name)}", name=name, help=line)
    for group, (module, about, commands) in _GROUPS.items():
        members = App(name=group, help=about)
        for name, (function, line) in commands.items():
            members.command(f"vtnmd.cli.{module}:{function}", name=name, help=line)
        app.command(members)
    return app


def _default(value: object) -> str | None:
    """What help says of a default; nothing where it is nothing."""
    return str(value) if value else None


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code. No exception leaves this function."""
    collect_rarely()
    given = sys.argv[1:] if arguments is None else arguments
    output = open_output(as_json="--json" in given)
    try:
        return _dispatch(given, output)
    except KeyboardInterrupt:
        output.diagnose([Diagnostic("VTN-U004", "interrupted")])
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the one place that nothing may leave: no user ever sees a traceback
        output.diagnose([_unforeseen(error, given)])
        return EXIT_FAILED


def _dispatch(arguments: list[str], output: Output) -> int:
    try:
        with telemetry(output):
            result = build()(arguments or ["--help"], exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        hint = "vtnmd --help lists the commands, vtnmd COMMAND --help what a command takes"
        output.diagnose([Diagnostic("VTN-U001", " ".join(str(error).split()), hint=hint)])
        return EXIT_INVALID
    except VtnmdError as error:
        output.diagnose(error.diagnostics)
        return exit_code(error.diagnostics)
    return result if isinstance(result, int) else EXIT_OK


def _unforeseen(error: Exception, arguments: list[str]) -> Diagnostic:
    """What went wrong in one line; the rest goes to a file."""
    told = f"vtnmd {__version__} {' '.join(arguments)}\n\n{''.join(traceback.format_exception(error))}"
    report = without_secrets(told)
    name = f"vtnmd-error-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    hint = "details could not be written anywhere"
    for folder in (Path(DEFAULT_STATE), Path(gettempdir())):
        try:
            # Arguments and values are nobody else's business, and a name in a folder for all may be taken by somebody else.
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(report)
        except OSError:
            continue
        hint = f"details are in {folder / name}"
        break
    return Diagnostic("VTN-U009", f"{type(error).__name__}: {error}", hint=hint)
