"""Heat's API that is compatible with CloudFormation, asked by EC2-signed requests as any client does (make live-openstack)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.support.openstack import LiveCloud, live_cloud, own_region

pytestmark = pytest.mark.live_openstack

NETWORK = {"type": "OS::Neutron::Net", "properties": {"name": "first"}}
TEMPLATE: Any = {
    "heat_template_version": "2018-08-31",
    "resources": {"network": NETWORK},
    "outputs": {"network": {"value": {"get_resource": "network"}}},
}


@dataclass(frozen=True, slots=True)
class Signer:
    """A client with the two keys of an EC2 credential. `url` is the API in the catalogue."""

    url: str
    ca_file: str
    access: str
    secret: str

    def ask(self, action: str, **parameters: str) -> requests.Response:
        """Signed by version 2 of the scheme that EC2 once used: HMAC over method, host, path and sorted parameters."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        method = {"SignatureVersion": "2", "SignatureMethod": "HmacSHA256", "AWSAccessKeyId": self.access, "Timestamp": now}
        given = {"Action": action, "Version": "2010-05-15", **method, **parameters}
        where = urlsplit(f"{self.url}/")
        query = urlencode(sorted(given.items()), quote_via=quote, safe="-_~")
        text = f"POST\n{where.netloc}\n{where.path}\n{query}"
        signature = base64.b64encode(hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
        return requests.post(where.geturl(), data={**given, "Signature": signature}, verify=self.ca_file, timeout=60)

    def told(self, action: str, path: str, **parameters: str) -> str:
        """The text at a place of a good answer."""
        answer = self.ask(action, **parameters)
        assert answer.status_code == 200, answer.text
        return ET.fromstring(answer.text).findtext(path, "")

    def settled(self, name: str) -> str:
        """The status of a stack once nothing is under way in it; empty once it has gone."""
        while True:
            answer = self.ask("DescribeStacks", StackName=name)
            if answer.status_code != 200:
                return ""
            status = ET.fromstring(answer.text).findtext(".//StackStatus", "")
            # A stack that was deleted is shown for a moment more.
            if status.endswith(("_COMPLETE", "_FAILED")) and status != "DELETE_COMPLETE":
                return status
            time.sleep(0.3)


@pytest.fixture
def cloud() -> LiveCloud:
    return live_cloud(own_region())


@pytest.fixture
def signer(cloud: LiveCloud) -> Iterator[Signer]:
    """A credential of admin, which is gone afterwards."""
    session = cloud.session()
    user = f"{cloud.settings['auth-url']}/users/{session.get_user_id()}/credentials/OS-EC2"
    made = session.post(user, json={"tenant_id": session.get_project_id()}).json()["credential"]
    url = session.get_endpoint(service_type="cloudformation", region_name=own_region(), interface="public")
    yield Signer(str(url), cloud.settings["ca-file"], made["access"], made["secret"])
    session.delete(f"{user}/{made['access']}")


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, ET.fromstring(answer.text).findtext("Error/Code", "")


def test_a_stack_comes_changes_and_goes(signer: Signer) -> None:
    body = json.dumps(TEMPLATE)
    given = {"StackName": "signed", "TemplateBody": body, "TimeoutInMinutes": "5", "DisableRollback": "true"}
    assert signer.told("CreateStack", ".//StackId", **given).startswith("arn:openstack:heat::")
    assert signer.settled("signed") == "CREATE_COMPLETE"
    assert "signed" in signer.ask("ListStacks").text
    network = signer.told("DescribeStacks", ".//OutputValue", StackName="signed")
    assert error(signer.ask("CreateStack", **given)) == (400, "AlreadyExists")

    signer.told("UpdateStack", ".//StackId", StackName="signed", TemplateBody=body.replace("first", "second"))
    assert signer.settled("signed") == "UPDATE_COMPLETE"
    assert signer.told("DescribeStacks", ".//OutputValue", StackName="signed") == network
    assert json.loads(signer.told("GetTemplate", ".//TemplateBody", StackName="signed")) == json.loads(
        body.replace("first", "second")
    )

    signer.told("DeleteStack", ".", StackName="signed")
    assert signer.settled("signed") == ""
    assert error(signer.ask("DescribeStacks", StackName="signed")) == (400, "InvalidParameterValue")


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (lambda signer: Signer(signer.url, signer.ca_file, signer.access, "wrong").ask("ListStacks"), (403, "AccessDenied")),
        (
            lambda signer: requests.get(f"{signer.url}/?Action=ListStacks", verify=signer.ca_file, timeout=60),
            (400, "IncompleteSignature"),
        ),
        (lambda signer: signer.ask("Nonsense"), (400, "InvalidAction")),
        (lambda signer: signer.ask("CreateStack", StackName="signed"), (400, "MissingParameter")),
        (lambda signer: signer.ask("DeleteStack", StackName="absent"), (400, "InvalidParameterValue")),
    ],
)
def test_what_is_wrong_is_refused(signer: Signer, change: Callable[[Signer], requests.Response], refused: tuple[int, str]) -> None:
    assert error(change(signer)) == refused
