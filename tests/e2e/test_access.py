"""Who may do what, over a running `vtnmd serve`: how users log in, what they see and edit, and what is told of it."""

import hashlib
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import httpx2
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from lxml import etree
from netconf_client.connect import connect_ssh
from netconf_client.error import RpcError
from netconf_client.ncclient import Manager

from tests.e2e.conftest import SHOP
from tests.e2e.test_northbound import JSON, ORCHESTRATION, SERVICES, Server, served
from tests.support.program import Vtnmd
from tests.support.waiting import until
from vtnmd.usecases.credentials import authority_certificate, common_name, private_pem

ACCESS, NACM, INVENTORY = "vtnmd-access:access", "ietf-netconf-acm:nacm", "vtnmd-inventory:inventory"
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
ELSEWHERE = "127.0.0.2"
SECRET = "a password that is easy to look for"

Auth = tuple[str, str] | None


@contextmanager
def client(server: Server, auth: Auth = None, address: str = "127.0.0.1", **headers: str) -> Iterator[httpx2.Client]:
    """Another client of the server, from an address of this machine."""
    context = ssl.create_default_context(cafile=str(server.state / "northbound.pem"))
    transport = httpx2.HTTPTransport(verify=context, local_address=address)
    given = {"Accept": JSON, "Content-Type": JSON, **headers}
    with httpx2.Client(base_url=server.client.base_url, auth=auth, headers=given, transport=transport, timeout=30) as made:
        yield made


def get(client: httpx2.Client, path: str) -> int:
    return client.get(f"data/{path}").status_code


def put(server: Server, path: str, value: Any) -> None:
    """As the administrator."""
    answer = server.ask("PUT", path, value)
    assert answer.is_success, answer.text


def patch(server: Server, path: str, value: Any) -> None:
    answer = server.ask("PATCH", path, value)
    assert answer.is_success, answer.text


def add_user(vtnmd: Vtnmd, name: str, *options: str) -> str:
    """The password."""
    added = vtnmd("user", "add", name, "--json", *options)
    assert added.code == 0, added.stderr
    return str(added.records("user")[0].get("password", ""))


def guess(ask: Callable[[], httpx2.Response]) -> list[int]:
    """Give wrong passwords until a pause has begun that is long enough to look around in; gives the pauses that were told."""
    pauses: list[int] = []
    while not pauses or pauses[-1] < 4:
        answer = ask()
        pause = int(answer.headers.get("retry-after", 0))
        assert (answer.status_code, pause > 0) in {(401, False), (429, True)}
        if pause:
            pauses.append(pause)
            time.sleep(pause if pause < 4 else 0)
    return pauses


def users_of_sessions(server: Server) -> list[str]:
    """Who is logged in over NETCONF."""
    found = server.get("ietf-netconf-monitoring:netconf-state/sessions")["ietf-netconf-monitoring:sessions"]
    return [session["username"] for session in found["session"]]


def service(name: str, *tenants: str) -> dict[str, Any]:
    vtns = [{"name": f"net-{tenant}", "tenant": tenant, "segment": [_segment(name)]} for tenant in tenants]
    return {"name": name, "vtn": vtns}


def _segment(name: str) -> dict[str, Any]:
    return {"name": f"web-{name}", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]}


def rule(name: str, action: str = "permit", accesses: str = "*", **said: str) -> dict[str, Any]:
    return {"name": name, "access-operations": accesses, "action": action, **said}


def rule_list(group: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"ietf-netconf-acm:rule-list": [{"name": group, "group": [group], "rule": list(rules)}]}


def data(manager: Manager, source: str = "running") -> str:
    return etree.tostring(manager.get_config(source=source).data_ele).decode()


def services_xml(*inside: str) -> str:
    return f'<config xmlns="{BASE}"><services xmlns="urn:vtnmd:yang:vtnmd-vtn">{"".join(inside)}</services></config>'


def described(name: str, text: str) -> str:
    return services_xml(f"<service><name>{name}</name><description>{text}</description></service>")


@pytest.fixture
def quiet(vtnmd: Vtnmd) -> Vtnmd:
    """A state with an inventory whose regions are paused, so that nothing is sent anywhere."""
    assert vtnmd("inventory", "load", SHOP / "inventory.yaml").code == 0
    for region in ("east", "west"):
        assert vtnmd("region", "pause", region, "--reason", "works").code == 0
    return vtnmd


class Authority:
    """Signs certificates of clients."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.key, self.folder = common_name(name), ec.generate_private_key(ec.SECP256R1()), folder
        self.certificate = authority_certificate(self.name, self.key)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str, *emails: str) -> tuple[Path, str]:
        """A file with a certificate of a client and its key, and the fingerprint of the certificate."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(common_name(name))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        )
        if emails:
            builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.RFC822Name, emails)), critical=False)
        made = builder.sign(self.key, hashes.SHA256())
        file = self.folder / f"{name}-{len(emails)}.client.pem"
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private_pem(key))
        return file, hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).digest().hex(":")


def test_certificates_stand_for_who_they_are_listed_with_or_mapped_to(vtnmd: Vtnmd, tmp_path: Path) -> None:
    ours, others = Authority("ours", tmp_path), Authority("others", tmp_path)
    listed, fingerprint = ours.sign("somebody")
    mapped, unknown, by_name = ours.sign("x", "ann@example.net")[0], ours.sign("y", "eve@example.net")[0], ours.sign("ben")[0]
    foreign, _ = others.sign("ann", "ann@example.net")

    with served(vtnmd, "", "--tls-clients", str(ours.file)) as server:

        def seen(file: Path, path: str = "", auth: Auth = None) -> int:
            context = ssl.create_default_context(cafile=str(vtnmd.state / "northbound.pem"))
            context.load_cert_chain(file)
            with httpx2.Client(verify=context, trust_env=False, auth=auth, base_url=server.client.base_url) as shown:
                return shown.get(f"data/{path}", headers={"Accept": JSON}).status_code

        users = [{"name": name} for name in ("ann@example.net", "ben")]
        maps = [{"id": 1, "from": "san-email"}, {"id": 2, "from": "common-name", "issuer": "CN=others"}]
        access = {"user": [*users, {"name": "ann", "certificate": [fingerprint]}], "certificate-map": maps}
        patch(server, ACCESS, {ACCESS: access})
        assert [seen(file) for file in (listed, mapped, unknown, by_name)] == [200, 200, 401, 401]
        assert seen(listed, ACCESS) == 404, "the user is no administrator"
        assert seen(listed, ACCESS, ("admin", server.password)) == 200, "what is said aloud counts before the certificate"
        with pytest.raises(httpx2.TransportError):
            seen(foreign)
        patch(server, ACCESS, {ACCESS: {"user": [{"name": "ann", "disabled": True}]}})
        assert [seen(listed), seen(mapped)] == [401, 200]
        assert server.ask("GET", "").status_code == 200, "nobody has to show a certificate"


def test_ssh_keys_let_in_whom_they_are_listed_with(vtnmd: Vtnmd, tmp_path: Path) -> None:
    for name in ("right", "wrong"):
        key = asyncssh.generate_private_key("ssh-ed25519", comment="ann@laptop")
        key.write_private_key(str(tmp_path / name))
        key.write_public_key(str(tmp_path / f"{name}.pub"))
    add_user(vtnmd, "root")
    add_user(vtnmd, "ann", "--no-password", "--group", "staff")
    assert vtnmd("user", "key", "ann", tmp_path / "right.pub").code == 0

    with served(vtnmd, "unknown") as server:

        def enter(name: str, user: str = "ann") -> str:
            session = connect_ssh("127.0.0.1", server.netconf_port, user, key_filename=str(tmp_path / name), hostkey_b64=None)
            with closing(session):
                return data(Manager(session))

        assert "vtnmd-access" not in enter("right")
        for key_name, user in (("wrong", "ann"), ("right", "root")):
            with pytest.raises(Exception, match="Authentication failed"):
                enter(key_name, user)
        assert vtnmd("user", "key", "ann", "--remove", "right").code == 0

        def shut() -> bool:
            try:
                enter("right")
            except Exception as error:  # noqa: BLE001 -- the client's libraries have no common one
                return "Authentication failed" in str(error)
            return False

        until("the key lets nobody in", shut)


def test_tokens_stand_for_users_where_the_provider_signed_them_for_us(vtnmd: Vtnmd) -> None:
    keys: dict[str, Any] = {"RS256": rsa.generate_private_key(65537, 2048), "EdDSA": ed25519.Ed25519PrivateKey.generate()}
    forms: dict[str, Any] = {"RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm}
    public = [{**forms[name].to_jwk(key.public_key(), as_dict=True), "kid": name} for name, key in keys.items()]
    vtnmd.state.mkdir()
    (vtnmd.state / "keys.json").write_text(json.dumps({"keys": public}))
    now = int(time.time())

    def token(algorithm: str = "RS256", key: Any = None, **claims: Any) -> str:
        said = {"iss": "https://id.example", "aud": "vtnmd", "sub": "ann", "groups": ["ops"], "exp": now + 600, **claims}
        return jwt.encode(said, key if key is not None else keys[algorithm], algorithm, {"kid": "RS256" if key else algorithm})

    pem = keys["RS256"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = token().split(".")
    by_public_key = _signed_by_hmac(pem, {"alg": "HS256", "typ": "JWT", "kid": "RS256"}, body[1])
    unsigned = f"{_base64({'alg': 'none', 'typ': 'JWT', 'kid': 'RS256'})}.{body[1]}."
    wrong = {
        "another audience": token(aud="somebody else"),
        "another issuer": token(iss="https://id.example.org"),
        "expired": token(exp=now - 60),
        "unsigned": unsigned,
        "signed by the public key": by_public_key,
        "signed by another key": token(key=rsa.generate_private_key(65537, 2048)),
        "another body": ".".join((body[0], token(sub="admin").split(".")[1], body[2])),
        "of a local account": token(sub="admin"),
        "cut": token()[:-8],
    }
    oidc = {"issuer": "https://id.example", "audience": "vtnmd", "jwks-file": "keys.json"}
    with served(vtnmd) as server:
        put(server, f"{ACCESS}/oidc", {"vtnmd-access:oidc": {**oidc, "group-map": [{"claim": "ops", "group": ["operators"]}]}})
        put(server, f"{NACM}/rule-list=operators", rule_list("operators", rule("all", path="/vtnmd-vtn:services")))

        def ask(token: str, method: str = "GET", body: Any = None) -> httpx2.Response:
            with client(server, Authorization=f"Bearer {token}") as shown:
                return shown.request(method, "data", content=json.dumps(body) if body else None)

        for algorithm in keys:
            assert ask(token(algorithm)).status_code == 200
        for what, given in wrong.items():
            answer = ask(given)
            assert answer.status_code == 401, what
            assert answer.headers.get_list("www-authenticate")[-1].startswith("Bearer")
        edit = {"ietf-restconf:data": {SERVICES: {"service": [{"name": "by-token"}]}}}
        assert ask(token(groups=["strangers"]), "PATCH", edit).status_code == 403
        assert ask(token(), "PATCH", edit).status_code == 204
    assert [line["user"] for line in commits(vtnmd) if line["detail"]["parts"] == ["service/by-token"]] == ["ann"]


def _base64(value: Any) -> str:
    return jwt.utils.base64url_encode(json.dumps(value).encode()).decode()


def _signed_by_hmac(key: bytes, header: dict[str, str], body: str) -> str:
    """A token that takes a public key for a shared secret; libraries refuse to make one."""
    signed = f"{_base64(header)}.{body}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signed.encode(), key)
    return f"{signed}.{jwt.utils.base64url_encode(signature).decode()}"


def commits(vtnmd: Vtnmd) -> list[dict[str, Any]]:
    """What the audit log says of commits, the latest first."""
    return [line for line in vtnmd("audit", "--json").records("audit") if line["action"] == "commit"]


def test_users_of_a_tenant_see_and_edit_their_own_services_and_nothing_else(quiet: Vtnmd) -> None:
    add_user(quiet, "root")
    password = add_user(quiet, "tina", "--tenant", "acme")
    root = quiet("user", "password", "root", "--json").records("user")[0]["password"]
    with served(quiet, root) as server:
        server.client.auth = httpx2.BasicAuth("root", root)
        every = [service("shop", "acme"), service("mall", "acme", "umbrella"), service("lab", "umbrella")]
        patch(server, "", {"ietf-restconf:data": {SERVICES: {"service": every}}})

        with client(server, ("tina", password)) as tina:
            shown = tina.get(f"data/{SERVICES}").json()[SERVICES]["service"]
            assert [(each["name"], [vtn["tenant"] for vtn in each["vtn"]]) for each in shown] == [
                ("shop", ["acme"]),
                ("mall", ["acme"]),
            ]
            for hidden in (f"{SERVICES}/service=lab", f"{SERVICES}/service=mall/vtn=net-umbrella", ORCHESTRATION, ACCESS, NACM):
                assert get(tina, hidden) == 404, hidden
            assert get(tina, f"{INVENTORY}/region=east/endpoint=pe") == 404
            every_thing = tina.get("data").text
            assert '"region":[{"name":"east"},{"name":"west"}]' in every_thing
            assert not any(secret in every_thing for secret in ("18101", "password", "umbrella", "scrypt", "client-key"))

            def edit(method: str, path: str, value: Any = None) -> int:
                return tina.request(method, f"data/{path}", content=json.dumps(value) if value else None).status_code

            one = "vtnmd-vtn:service"
            assert edit("PUT", f"{SERVICES}/service=mine", {one: [service("mine", "acme")]}) == 201
            assert edit("PUT", f"{SERVICES}/service=theirs", {one: [service("theirs", "umbrella")]}) == 403
            assert edit("PUT", f"{SERVICES}/service=mine", {one: [service("mine", "umbrella")]}) == 403
            assert edit("PUT", f"{SERVICES}/service=lab", {one: [service("lab", "acme")]}) == 403
            assert edit("DELETE", f"{SERVICES}/service=lab") in (403, 404)
            assert edit("PATCH", f"{SERVICES}/service=mall", {one: [{"name": "mall", "description": "mine"}]}) == 403
            assert edit("DELETE", f"{INVENTORY}/region=west") == 403
            assert edit("PATCH", NACM, {NACM: {"enable-nacm": False}}) in (403, 404)
            assert tina.post("operations/vtnmd-orchestration:pause-region", content="{}").status_code == 403

        with server.netconf("tina", password) as manager:
            shown_xml = data(manager)
            assert all(f"<name>{name}</name>" in shown_xml for name in ("shop", "mall", "mine", "east"))
            assert not any(secret in shown_xml for secret in ("umbrella", "18101", "password", "scrypt", ">lab<"))
            manager.edit_config(config=described("shop", "ours"), target="candidate")
            assert "ours" in data(manager, "candidate")
            manager.commit()
            for config in (described("mall", "mine"), described("lab", "mine"), described("new", "nobody's")):
                with pytest.raises(RpcError, match="not allowed"):
                    manager.edit_config(config=config, target="running")
            with pytest.raises(RpcError, match="may not be called"):
                manager.kill_session("1")
        assert server.get(f"{SERVICES}/service=shop/description") == {"vtnmd-vtn:description": "ours"}
        assert [each["name"] for each in server.get(SERVICES)[SERVICES]["service"]] == ["shop", "mall", "lab", "mine"]


def test_rules_and_accounts_count_at_once_in_sessions_that_are_open(vtnmd: Vtnmd) -> None:
    with served(vtnmd) as server:
        patch(server, "", {"ietf-restconf:data": {SERVICES: {"service": [{"name": "shop"}]}}})
        patch(server, ACCESS, {ACCESS: {"user": [{"name": "ann", "password": f"$0${SECRET}", "group": ["staff"]}]}})
        with server.netconf("ann", SECRET) as ann, server.netconf() as admin:
            assert ">shop<" in data(ann)
            with pytest.raises(RpcError, match="not allowed"):
                ann.edit_config(config=described("shop", "hers"), target="running")
            put(server, f"{NACM}/rule-list=staff", rule_list("staff", rule("edit", path="/vtnmd-vtn:services")))
            ann.edit_config(config=described("shop", "hers"), target="running")
            with pytest.raises(RpcError, match="may not be called"):
                ann.kill_session(admin.session_id)
            put(server, f"{NACM}/rule-list=staff", rule_list("staff", rule("hide", "deny", path="/vtnmd-vtn:services")))
            assert ">shop<" not in data(ann)
            patch(server, ACCESS, {ACCESS: {"user": [{"name": "ann", "recovery": True}]}})
            assert ">shop<" in data(ann)
            patch(server, ACCESS, {ACCESS: {"user": [{"name": "ann", "disabled": True}]}})
            until("the session has ended", lambda: users_of_sessions(server), lambda found: found == ["admin"])
            assert ">shop<" in data(admin)
        with server.netconf() as admin, server.netconf() as other:
            admin.kill_session(other.session_id)
            until("one session is left", lambda: len(users_of_sessions(server)), lambda found: found == 1)
            assert "vtnmd-access" in data(admin)


def test_who_guesses_has_to_wait_longer_and_longer_and_locks_out_nobody_else(vtnmd: Vtnmd) -> None:
    with served(vtnmd) as server:
        patch(server, ACCESS, {ACCESS: {"limits": {"failures": 2}}})
        right, wrong = ("admin", server.password), ("admin", "wrong")
        with client(server, wrong, ELSEWHERE) as guesser:
            pauses = guess(lambda: guesser.get("data"))
            assert guesser.get("data", auth=right).status_code == 429, "a right guess is not told from a wrong one"
            assert guesser.get("data", auth=("nobody", "at all")).status_code == 429
        assert pauses == sorted(pauses)
        assert server.ask("GET", "").status_code == 200
        with client(server, right) as again:
            assert get(again, "") == 200
        with server.netconf() as manager:
            assert "vtnmd-access" in data(manager)


def test_rates_are_limited(vtnmd: Vtnmd) -> None:
    with served(vtnmd) as server:
        patch(server, ACCESS, {ACCESS: {"limits": {"requests-per-second": 1, "burst": 3}}})
        answers = [server.ask("GET", "") for _ in range(20)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].status_code == 200
        assert refused
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)


def test_clear_text_is_for_loopback(vtnmd: Vtnmd) -> None:
    for options in (("--restconf", "0.0.0.0:0", "--clear-text"), ("--restconf", "[::]:0", "--clear-text"), ("--web", "0.0.0.0:0")):
        refused = vtnmd("serve", *options)
        assert (refused.code, "VTN-U015" in refused.stderr) == (2, True), refused.stderr
    assert not vtnmd.state.exists()


def test_passwords_in_clear_are_kept_nowhere(vtnmd: Vtnmd) -> None:
    user = {"vtnmd-access:user": [{"name": "ann", "password": f"$0${SECRET}"}]}
    xml = f"""<config xmlns="{BASE}"><access xmlns="urn:vtnmd:yang:vtnmd-access"><user><name>ben</name>
        <password>$0${SECRET}</password></user></access></config>"""
    with served(vtnmd) as server:
        put(server, f"{ACCESS}/user=ann", user)
        with server.netconf() as manager:
            manager.edit_config(config=xml, target="candidate")
            waiting = data(manager, "candidate")
            assert ("ben" in waiting, SECRET in waiting) == (True, False)
            manager.commit()
        stored = server.get(f"{ACCESS}/user")["vtnmd-access:user"]
        assert all(each["password"].startswith("$scrypt$") for each in stored if each["name"] in ("ann", "ben"))
        for name in ("ann", "ben"):
            with client(server, (name, SECRET)) as known:
                assert get(known, "") == 200
        server.client.close()
        server.process.terminate()
        rest, errors = server.process.communicate(timeout=60)
    kept = [path.read_text(errors="ignore") for path in vtnmd.state.rglob("*") if path.is_file()]
    kept += [vtnmd("audit", "--json").stdout, vtnmd("audit").stdout]
    assert not any(password in text for password in (SECRET, server.password) for text in kept)
    assert not any(SECRET in text for text in (json.dumps(server.records), rest, errors))


def test_every_edit_is_audited_with_who_from_where_and_what(quiet: Vtnmd) -> None:
    with served(quiet) as server:
        one = {"ietf-restconf:data": {SERVICES: {"service": [service("shop", "acme")]}}}
        assert server.ask("PATCH", "", one, **{"X-vtnmd-Label": "opening"}).is_success
        with server.netconf() as manager:
            manager.edit_config(config=described("shop", "open"), target="running")
        listed = server.get(ORCHESTRATION)[ORCHESTRATION]["commit"]
    add_user(quiet, "ann")
    by_cli, by_netconf, by_restconf, first, *_ = commits(quiet)
    assert (by_cli["detail"]["source"], by_cli["detail"]["parts"]) == ("cli", [ACCESS])
    numbers = [line["subject"] for line in (by_netconf, by_restconf, first)]
    assert numbers == [each["number"] for each in listed[:3]], "the line names the commit"
    where = {"parts": ["service/shop"], "client": "127.0.0.1"}
    assert (by_netconf["user"], by_netconf["detail"]) == ("admin", {**where, "source": "netconf"})
    assert (by_restconf["user"], by_restconf["detail"]) == ("admin", {**where, "source": "restconf", "label": "opening"})
    shown = quiet("commit", "show", by_netconf["subject"], "--json").records("difference")
    assert [(each["before"], each["after"]) for each in shown] == [(None, "open")], "and leads to what was changed"
    assert (first["user"], first["detail"]["source"], first["detail"]["parts"]) == ("vtnmd", "serve", [ACCESS, NACM])


def test_denials_are_counted_and_wrong_rules_mended_by_a_recovery_user(vtnmd: Vtnmd) -> None:
    with served(vtnmd) as server:
        patch(server, ACCESS, {ACCESS: {"user": [{"name": name, "password": f"$0${SECRET}"} for name in ("ann", "ben")]}})
        groups = {"group": [{"name": "administrators", "user-name": ["admin", "ben"]}]}
        patch(server, NACM, {NACM: {"groups": groups}})
        with client(server, ("ann", SECRET)) as ann:
            assert ann.patch("data", content=json.dumps({"ietf-restconf:data": {NACM: {"enable-nacm": False}}})).status_code == 403
            assert ann.post("operations/vtnmd-orchestration:rollback-commit", content="{}").status_code == 403
            assert get(ann, ACCESS) == 404
        counters = {name: server.get(f"{NACM}/denied-{name}") for name in ("operations", "data-writes", "notifications")}
        assert [next(iter(found.values())) for found in counters.values()] == [1, 1, 0]

        before = server.get(ORCHESTRATION)[ORCHESTRATION]["commit"][0]["number"]
        everything = [rule("nothing", "deny", **{"module-name": "*"})]
        wrong = {"read-default": "deny", "exec-default": "deny", "rule-list": [{"name": "all", "group": ["*"], "rule": everything}]}
        put(server, NACM, {NACM: {**wrong, "groups": groups}})
        with client(server, ("ben", SECRET)) as ben:
            assert get(ben, NACM) == 404
            assert ben.put(f"data/{NACM}", content=json.dumps({NACM: {}})).status_code == 403
        rollback = {"vtnmd-orchestration:input": {"number": before}}
        answer = server.client.post(
            "operations/vtnmd-orchestration:rollback-commit", content=json.dumps(rollback), headers={"Content-Type": JSON}
        )
        assert answer.status_code == 200, answer.text
        assert server.get(NACM)[NACM]["read-default"] == "permit"


def test_the_page_shows_what_a_user_may_read(quiet: Vtnmd) -> None:
    with served(quiet, "", "--web", "127.0.0.1:0") as server:
        where = f"http://{server.records[-1]['web']}"
        users = [{"name": "ann", "password": f"$0${SECRET}"}, {"name": "tina", "password": f"$0${SECRET}", "group": ["acme"]}]
        patch(server, ACCESS, {ACCESS: {"user": users, "limits": {"failures": 1}}})
        patch(server, NACM, {NACM: {"groups": {"group": [{"name": "acme", "vtnmd-access:tenant": ["acme"]}]}}})

        def page(path: str, user: str = "", password: str = SECRET, address: str = "127.0.0.1") -> httpx2.Response:
            transport = httpx2.HTTPTransport(local_address=address)
            with httpx2.Client(transport=transport, auth=(user, password) if user else None) as reader:
                return reader.get(f"{where}/{path}")

        assert [page(path).status_code for path in ("regions", "metrics")] == [401, 401]
        shown = page("regions", "ann").json()["regions"]
        assert [(each["region"], each["mode"], each["reason"]) for each in shown] == [
            ("east", "paused", "works"),
            ("west", "paused", "works"),
        ]
        assert page("regions", "admin", server.password).json()["regions"] == shown
        assert page("metrics", "ann").status_code == 200
        assert page("regions", "tina").json() == {"regions": []}
        assert page("metrics", "tina").status_code == 403

        hidden = "/vtnmd-orchestration:orchestration/region"
        rules = [rule("west", "deny", path=f"{hidden}[name='west']"), rule("why", "deny", path=f"{hidden}/reason")]
        put(server, f"{NACM}/rule-list=all", {"ietf-netconf-acm:rule-list": [{"name": "all", "group": ["staff"], "rule": rules}]})
        patch(server, ACCESS, {ACCESS: {"user": [{"name": "ann", "group": ["staff"]}]}})
        (east,) = page("regions", "ann").json()["regions"]
        assert (east["region"], "reason" in east) == ("east", False)
        assert page("metrics", "ann").status_code == 403

        guess(lambda: page("regions", "admin", "wrong", ELSEWHERE))
        with client(server, ("admin", server.password), ELSEWHERE) as elsewhere:
            assert get(elsewhere, "") == 429, "one count for all protocols"


def test_the_page_alone_asks_who_is_there_once_there_are_accounts(quiet: Vtnmd) -> None:
    process = quiet.start("serve", "--json", "--web", "127.0.0.1:0")
    try:
        assert process.stdout is not None
        where = next(record["web"] for line in process.stdout if (record := json.loads(line)).get("type") == "serving")

        def page(path: str, auth: Auth = None) -> httpx2.Response:
            return httpx2.get(f"http://{where}/{path}", auth=auth, trust_env=False, timeout=30)

        assert [page(path).status_code for path in ("regions", "metrics")] == [200, 200]
        password = add_user(quiet, "root")
        assert [page(path).status_code for path in ("regions", "metrics")] == [401, 401]
        assert [page(path, ("root", password)).status_code for path in ("regions", "metrics")] == [200, 200]
        tina = add_user(quiet, "tina", "--tenant", "acme")
        assert page("regions", ("tina", tina)).json() == {"regions": []}
        assert page("metrics", ("tina", tina)).status_code == 403
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in said) == (0, False), said
