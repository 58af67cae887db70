"""One action of Heat's API in the form of AWS CloudFormation, blocking: parameters as a form, the answer in XML.

The access key and the secret key of the inventory sign the form (AWS signature version 2, HmacSHA256). Where it names none, the
token of the login goes with it, which Heat takes beside the name of its user: no credential is made in Keystone that somebody would
have to take away again. Errors are those of `cloud_session`; what Heat says of one tells which:

    the stack is not there                                VTN-E309
    a stack of that name is there, or is being changed    VTN-E310
    the signature or its key is not good                  VTN-E012
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

import requests
from lxml import etree

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import MessageError, parse_xml
from vtnmd.southbound.cloud_session import CREDENTIALS_HINT, ROLES_HINT, CloudSession, lost, no_heat
from vtnmd.southbound.ports import Busy, EndpointError, Failing, Rejected

API_VERSION = "2010-05-15"

_PORTS = {"http": 80, "https": 443}
_NO_STACK = re.compile(r"The Stack \(.*\) could not be found")
_KEYS_HINT = "check access-key and secret-key of the endpoint, and that they are of its project"
_KEY_REFUSALS = frozenset(
    {"InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken", "RequestExpired"}
)
_DENIED = "User is not authorized to perform action"
"""Without more, what Heat says to a key that signs wrongly, and where Keystone refuses it a trust by a key that signs well."""
_BY_POLICY = re.compile(r"Action \w+ not allowed")
_POLICY_HINT = (
    "Heat's own policy allows this API to nobody: its policy file must say cloudformation:{action}, such as rule:deny_stack_user"
)
_TRUST_HINT = (
    "a Heat that acts by trusts makes no stack of an EC2 credential, for Keystone gives it none: leave ec2-credentials of the "
    "endpoint out, or have Heat say deferred_auth_method = password"
)
_IN_PROGRESS = "other actions are in progress"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, whether it was signed, and whether it changes nothing."""

    action: str
    signed: bool
    reads: bool


def query(session: CloudSession, action: str, parameters: Mapping[str, str], now: datetime, *, reads: bool) -> Json:
    """The result of an action: elements as texts, as lists of their members, or as mappings. Raises any EndpointError.

    `session` is logged in. What an action has to say is a form in the body, however large it is.
    """
    what = f"{session.name}: {action}"
    form = {"Action": action, "Version": API_VERSION, **parameters}
    if session.keys:
        answer = session.ask(
            what, "POST", "/", reads=reads, authenticated=False, data=signed(form, session.keys, f"{session.url}/", now)
        )
    else:
        answer = session.ask(what, "POST", "/", reads=reads, headers={"X-Auth-User": session.user or "vtnmd"}, data=form)
    root = _parsed(answer)
    if answer.status_code >= 300:
        raise _refusal(what, answer, root, _Asked(action, session.keys is not None, reads))
    result = root.find(f"{action}Result") if root is not None and root.tag == f"{action}Response" else None
    if result is None:
        raise lost(what, "the answer is not XML of this action", reads=reads)
    return _value(result)


def signed(form: Mapping[str, str], keys: tuple[str, str], url: str, now: datetime) -> dict[str, str]:
    """The form with what proves that the owner of the keys sent it to this URL, by POST and about now (UTC)."""
    access, secret = keys
    whole = {
        **form,
        "AWSAccessKeyId": access,
        "SignatureVersion": "2",
        "SignatureMethod": "HmacSHA256",
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    encoded = "&".join(f"{quote(name, safe='-_.~')}={quote(whole[name], safe='-_.~')}" for name in sorted(whole))
    text = "\n".join(["POST", _host(url), urlsplit(url).path, encoded])
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return {**whole, "Signature": base64.b64encode(digest).decode()}


def _host(url: str) -> str:
    """The Host header that a request to the URL carries."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in {None, _PORTS.get(parts.scheme)} else f"{host}:{parts.port}"


def _parsed(answer: requests.Response) -> etree._Element | None:
    """The body as XML; None where it is something else."""
    try:
        return parse_xml(answer.content)
    except MessageError:
        return None


def _value(element: etree._Element) -> Json:
    children = list(element)
    if not children:
        return element.text or ""
    if all(child.tag == "member" for child in children):
        return [_value(child) for child in children]
    return {str(child.tag): _value(child) for child in children}


def _denial(code: str, message: str, status: int, asked: _Asked) -> tuple[str, str]:
    """Code and hint for who is not let in, or not allowed what was asked."""
    if status == 401 or code in _KEY_REFUSALS or (asked.signed and asked.reads and message == _DENIED):
        return "VTN-E012", _KEYS_HINT if asked.signed else CREDENTIALS_HINT
    if _BY_POLICY.search(message):
        return "VTN-E301", _POLICY_HINT.format(action=asked.action)
    return "VTN-E301", _TRUST_HINT if asked.signed and message == _DENIED else ROLES_HINT


def _refusal(what: str, answer: requests.Response, root: etree._Element | None, asked: _Asked) -> EndpointError:
    """An answer with a status of 300 or more, by what Heat says of it, or else by the status alone."""
    status = answer.status_code
    code = root.findtext(".//Code", "") if root is not None else ""
    message = root.findtext(".//Message", "") if root is not None else ""
    if status in {401, 403} or code in _KEY_REFUSALS:
        found, hint = _denial(code, message.strip(), status, asked)
        return Rejected(Diagnostic(found, f"{what}: refused with {status} {code}".rstrip(), hint=hint, detail=message))
    if status >= 500 or status in {408, 429} or code == "Throttling":
        kind = Failing if status >= 500 else Busy
        return kind(Diagnostic("VTN-E014", f"{what}: answered {status}", hint="look at the log of Heat", detail=message))
    if not code:
        where = f" to {answer.headers['Location']}" if "Location" in answer.headers else ""
        return Rejected(no_heat(what, f"the endpoint in the catalogue answers {status}{where} and not as Heat does"))
    if _NO_STACK.search(message):
        return Rejected(Diagnostic("VTN-E309", f"{what}: {message}", hint="check region-name of the endpoint"))
    if code == "AlreadyExists" or (code == "InvalidAction" and _IN_PROGRESS in message):
        return Rejected(Diagnostic("VTN-E310", f"{what}: {message}", hint="look at the stack in the cloud"))
    return Rejected(Diagnostic("VTN-E304", f"{what}: {message or code}", hint="see the message of Heat"))
