"""EC2 credentials as an operator makes them: `openstack ec2 credentials create`."""

from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session


def make_ec2_credential(auth_url: str, password: str, verify: str | bool = True) -> tuple[str, str]:
    """Access key and secret key of a new credential of the user `admin` for the project `admin`. Blocks."""
    login = Password(
        auth_url,
        username="admin",
        password=password,
        user_domain_name="Default",
        project_name="admin",
        project_domain_name="Default",
    )
    session = Session(auth=login, verify=verify)
    user, project = login.get_access(session).user_id, login.get_access(session).project_id
    answer = session.post(f"{auth_url}/users/{user}/credentials/OS-EC2", json={"tenant_id": project})
    session.session.close()
    credential = answer.json()["credential"]
    return credential["access"], credential["secret"]
