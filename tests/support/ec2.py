"""EC2 credentials as operators make them: `openstack ec2 credentials create` and `delete`. Both functions block."""

from collections.abc import Iterator
from contextlib import contextmanager

from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session


def make_ec2_credential(auth_url: str, password: str, verify: str | bool = True) -> tuple[str, str]:
    """Access key and secret key of a new credential of the user `admin` for the project `admin`."""
    with _logged_in(auth_url, password, verify) as (session, user, project):
        answer = session.post(f"{auth_url}/users/{user}/credentials/OS-EC2", json={"tenant_id": project})
        credential = answer.json()["credential"]
        return credential["access"], credential["secret"]


def delete_ec2_credential(auth_url: str, password: str, access: str, verify: str | bool = True) -> None:
    """Delete what `make_ec2_credential` made, by its access key."""
    with _logged_in(auth_url, password, verify) as (session, user, _):
        session.delete(f"{auth_url}/users/{user}/credentials/OS-EC2/{access}")


@contextmanager
def _logged_in(auth_url: str, password: str, verify: str | bool) -> Iterator[tuple[Session, str, str]]:
    """A session, the id of its user and that of its project."""
    login = Password(
        auth_url,
        username="admin",
        password=password,
        user_domain_name="Default",
        project_name="admin",
        project_domain_name="Default",
    )
    session = Session(auth=login, verify=verify)
    known = login.get_access(session)
    try:
        yield session, str(known.user_id), str(known.project_id)
    finally:
        session.session.close()
