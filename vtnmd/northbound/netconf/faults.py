"""What was refused, as rpc-errors (RFC 6241 section 4.3 and appendix A)."""

from dataclasses import replace

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.codes import CODES
from vtnmd.domain.diagnostics import Diagnostic, VtnmdError
from vtnmd.netconf.messages import RpcError, told_as_bad
from vtnmd.netconf.server import RpcFailed
from vtnmd.netconf.xmltree import BASE
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.ordering import YANG_NAMESPACE

_OF_YANG = frozenset({"missing-choice", "non-unique"})
"""Elements of error-info that RFC 7950 section 15 defines."""


def failed(error: Refused | VtnmdError) -> RpcFailed:
    """Every fault as an error to answer."""
    if isinstance(error, Refused):
        return RpcFailed(*map(rpc_error, error.faults))
    return RpcFailed(*map(_diagnosed, error.diagnostics))


def _diagnosed(diagnostic: Diagnostic) -> RpcError:
    """The code of a diagnostic is told as the app-tag, for `vtnmd explain`."""
    message = f"{diagnostic.summary}; {diagnostic.hint}" if diagnostic.hint else diagnostic.summary
    return RpcError(CODES[diagnostic.code].error_tag, message, app_tag=diagnostic.code)


def rpc_error(fault: Fault) -> RpcError:
    """One fault as an error."""
    named = told_as_bad(fault.tag)
    info = tuple(
        {"tag": f"{{{YANG_NAMESPACE if name in _OF_YANG else BASE}}}{name}", "children": [text]}
        for name, text in fault.info
        if name in named or not name.startswith("bad-")
    )
    return RpcError(
        fault.tag,
        fault.message,
        fault.type,
        app_tag=fault.app_tag,
        path=str(fault.path),
        info=info,
        namespaces=fault.path.namespaces,
    )


def below(base: Identifier, fault: Fault) -> Fault:
    """The same fault with a path that begins where `base` leads to."""
    path = Identifier(f"{base.text}{fault.path.text}", {**base.namespaces, **fault.path.namespaces})
    return replace(fault, path=path)
