"""The simulated Heat's API in the form of AWS CloudFormation: actions as parameters of a query or a form, answers in XML.

Names, codes and status are those of OpenStack Heat 27. A request is signed with an EC2 credential, or brings a token and the header
X-Auth-User. Templates are HOT, as over the other API; there are neither parameters nor templates by URL.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import yaml
from lxml import etree
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_state import CloudState
from vtnmd.lab.hot import read_template
from vtnmd.lab.hot_functions import HotError
from vtnmd.lab.keystone import PROJECT_ID, Keystone, keystone_error
from vtnmd.lab.keystone_ec2 import Ec2Credentials
from vtnmd.lab.stacks import Made, SimulatedStack, Stacks

_JSON_WITHIN = frozenset({"TemplateBody", "Metadata"})
_DEFAULT_MINUTES = 60

_VALUE = ("InvalidParameterValue", 400, "A bad or out-of-range value was supplied")
_INTERNAL = ("InternalFailure", 500, "The request processing has failed due to an internal error")
_REFUSALS: Mapping[str, tuple[str, int, str]] = {
    **dict.fromkeys(
        (
            *("AttributeError", "ValueError", "EntityNotFound", "StackValidationFailed", "InvalidTemplateReference"),
            *("InvalidTemplateVersion", "InvalidTemplateSection", "PropertyUnspecifiedError"),
        ),
        _VALUE,
    ),
    "InvalidAction": ("InvalidAction", 400, "The action or operation requested is invalid"),
    "StackExists": ("AlreadyExists", 400, "Resource with the name requested already exists"),
    "MissingParameter": ("MissingParameter", 400, "A mandatory input parameter is missing"),
    "AccessDenied": ("AccessDenied", 403, "User is not authorized to perform action"),
    "IncompleteSignature": ("IncompleteSignature", 400, "The request signature does not conform to AWS standards"),
}
"""What Heat makes of its own errors; all others are internal."""


class HeatQuery:
    """Answers requests to `/v1/`, one method for each action."""

    def __init__(self, stacks: Stacks, cloud: CloudState, keystone: Keystone, credentials: Ec2Credentials) -> None:
        self._stacks = stacks
        self._cloud = cloud
        self._keystone = keystone
        self._credentials = credentials
        self._actions = {
            "ListStacks": self._list,
            "DescribeStacks": self._describe,
            "CreateStack": self._create,
            "UpdateStack": self._update,
            "DeleteStack": self._delete,
            "GetTemplate": self._template,
            "ValidateTemplate": self._validate,
            "DescribeStackResources": self._resources,
        }

    async def answer(self, request: Request) -> Response:
        """GET and POST of one action."""
        body = (await request.body()).decode("utf-8", "replace")
        given = dict([*request.query_params.items(), *parse_qsl(body, keep_blank_values=True)])
        try:
            refusal = self._refusal(request, given)
            if refusal is not None:
                return refusal
            return _xml(self._act(given.get("Action", ""), given))
        except HotError as error:
            return _error(error)

    def _act(self, action: str, given: Mapping[str, str]) -> Mapping[str, Json]:
        if action not in self._actions:
            raise HotError("InvalidAction", "")
        return {f"{action}Response": {f"{action}Result": self._actions[action](given)}}

    def _refusal(self, request: Request, given: Mapping[str, str]) -> Response | None:
        """What a request is answered with that does not prove who sent it. Raises HotError."""
        if "Signature" not in given:
            if "X-Auth-User" not in request.headers:
                raise HotError("IncompleteSignature", "")
            if self._keystone.knows_token(request):
                return None
            return keystone_error(401, "Unauthorized", "The request you have made requires authentication.")
        proven = self._credentials.proves(request, given)
        if proven is None:  # Heat does not expect what Keystone answers to a key that it does not know
            return HTMLResponse("<html><body><h1>Internal Server Error</h1></body></html>", 500)
        if not proven:
            raise HotError("AccessDenied", "")
        return None

    def _list(self, _given: Mapping[str, str]) -> Json:
        """Lists know nothing of templates, so there is no TemplateDescription."""
        return {"StackSummaries": [{**_summary(stack), "DeletionTime": None} for stack in reversed(self._stacks.live())]}

    def _describe(self, given: Mapping[str, str]) -> Json:
        found = [self._stack(given)] if "StackName" in given else self._stacks.live()
        return {"Stacks": [self._described(stack) for stack in found]}

    def _described(self, stack: SimulatedStack) -> Json:
        outputs = [] if stack.status.startswith("DELETE") else self._stacks.outputs(stack)
        parameters = {"AWS::StackName": stack.name, "AWS::StackId": _arn(stack)}
        return {
            **_summary(stack),
            "Description": _description(stack),
            "Capabilities": [],
            "DisableRollback": True,
            "NotificationARNs": [],
            "TimeoutInMinutes": stack.timeout,
            "Outputs": [
                {"Description": each["description"], "OutputKey": each["output_key"], "OutputValue": each["output_value"]}
                for each in outputs
            ],
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        }

    def _create(self, given: Mapping[str, str]) -> Json:
        if given.get("DisableRollback", "false").lower() != "true":
            raise HotError("StackValidationFailed", "The simulated Heat cannot roll back")
        template = _template_of(given)
        stack = self._stacks.create(PROJECT_ID, _needed(given, "StackName"), template, (), _minutes(given))
        return {"StackId": _arn(stack)}

    def _update(self, given: Mapping[str, str]) -> Json:
        template = _template_of(given)
        stack = self._stack(given)
        self._stacks.update(stack, template, (), _minutes(given))
        return {"StackId": _arn(stack)}

    def _delete(self, given: Mapping[str, str]) -> Json:
        self._stacks.delete(self._stack(given))
        return ""

    def _template(self, given: Mapping[str, str]) -> Json:
        return {"TemplateBody": self._stack(given).given}

    def _validate(self, given: Mapping[str, str]) -> Json:
        template = read_template(_template_of(given), self._cloud.exists)
        return {"Description": template.description, "Parameters": []}

    def _resources(self, given: Mapping[str, str]) -> Json:
        stack = self._stack(given)
        return {"StackResources": [_resource(stack, name, made) for name, made in stack.made.items()]}

    def _stack(self, given: Mapping[str, str]) -> SimulatedStack:
        """The stack that StackName names, by its name or by the ARN that this API gives as its id."""
        return self._stacks.find(_needed(given, "StackName").rpartition("/")[2])


def _needed(given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise HotError("MissingParameter", name)
    return given[name]


def _template_of(given: Mapping[str, str]) -> Json:
    if "TemplateBody" not in given:
        raise HotError("MissingParameter", "TemplateBody or TemplateUrl were not given.")
    text = given["TemplateBody"]
    try:
        template = json.loads(text) if text.startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        template = None
    if not isinstance(template, dict):
        raise HotError("ValueError", "The Template must be a JSON or YAML document.")
    return template


def _minutes(given: Mapping[str, str]) -> int:
    try:
        return int(given.get("TimeoutInMinutes", _DEFAULT_MINUTES))
    except ValueError:
        raise HotError("ValueError", "Only integer is acceptable by 'timeout_mins'.") from None


def _arn(stack: SimulatedStack) -> str:
    return f"arn:openstack:heat::{stack.project}:stacks/{stack.name}/{stack.id}"


def _description(stack: SimulatedStack) -> str:
    return stack.template.description or "No description"


def _summary(stack: SimulatedStack) -> dict[str, Json]:
    return {
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "StackId": _arn(stack),
        "StackName": stack.name,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
    }


def _resource(stack: SimulatedStack, name: str, made: Made) -> Json:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": made.id,
        "ResourceStatus": made.status,
        "ResourceStatusReason": made.reason,
        "ResourceType": made.definition.type,
        "StackId": _arn(stack),
        "StackName": stack.name,
        "Timestamp": stack.updated or stack.created,
    }


def _error(error: HotError) -> Response:
    code, status, explanation = _REFUSALS.get(error.kind, _INTERNAL)
    message = f"{explanation}:{error}" if str(error) else explanation
    told = {"Type": "Server" if status >= 500 else "Sender", "Code": code, "Message": message}
    return _xml({"ErrorResponse": {"Error": told}}, status)


def _xml(document: Mapping[str, Json], status: int = 200) -> Response:
    ((name, content),) = document.items()
    root = etree.Element(name)
    _fill(root, content)
    return Response(etree.tostring(root), status, media_type="application/xml")


def _fill(element: etree._Element, content: Any) -> None:
    """As Heat does it: members of lists, members of mappings, and everything else as the text that Python makes of it."""
    match content:
        case list():
            for each in content:
                _fill(etree.SubElement(element, "member"), each)
        case dict():
            for key, value in content.items():
                inner = etree.SubElement(element, key)
                if key in _JSON_WITHIN:
                    inner.text = json.dumps(value)
                else:
                    _fill(inner, value)
        case _:
            element.text = str(content)
