"""Finds the template of a resource, renders it and gives its digest. The one place that knows the template folders."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import jinja2

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.graph import Resource
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.tree import Ref, Tree, digest
from vtnmd.render import heat, netconf, odl, restconf
from vtnmd.render.forms import Form, Rendered
from vtnmd.render.holes import Holes, HoleSplit
from vtnmd.render.sandbox import RenderingRefused, environment, run

FORMS: Mapping[str, Form] = {"odl": odl.FORM, "netconf": netconf.FORM, "heat": heat.FORM, "restconf": restconf.FORM}


class Catalogue:
    """Templates of one or more folders, compiled once. Rendering is pure: the same resource gives the same trees.

    `texts` are templates by their paths, each set of them before those that follow and before the folders.
    """

    def __init__(self, folders: Iterable[Path], texts: Sequence[Mapping[str, str]] = ()) -> None:
        self._folders = tuple(folders)
        self._environments = {kind: environment(self._folders, texts, escape_xml=form.escape_xml) for kind, form in FORMS.items()}
        self._templates: dict[str, jinja2.Template] = {}
        self._digests: dict[str, str] = {}

    def digest(self, resource: Resource, endpoint: Endpoint) -> str:
        """Changes with the resource's properties, the text of its template and the version of its endpoint kind's form."""
        name = _template_name(resource.address, endpoint)
        if name not in self._digests:
            self._digests[name] = hashlib.sha256(self._source(name, resource, endpoint).encode()).hexdigest()
        return digest([resource.digest, self._digests[name], FORMS[endpoint.kind].version])

    def render(self, resource: Resource, endpoint: Endpoint) -> Rendered:
        """The resource's trees. Raises Invalid (VTN-R001 no template, VTN-R002 template failed, VTN-R003 output not understood)."""
        form = FORMS[endpoint.kind]
        try:
            put, remove = (self._document(resource, endpoint, operation) for operation in ("replace", "remove"))
            return form.shape(put, remove)
        except (RenderingRefused, HoleSplit) as problem:
            raise Invalid(self._diagnostic("VTN-R002", resource, endpoint, str(problem))) from None
        except (ValueError, KeyError, TypeError) as problem:
            raise Invalid(self._diagnostic("VTN-R003", resource, endpoint, str(problem))) from None

    def _document(self, resource: Resource, endpoint: Endpoint, operation: str) -> Tree:
        """`it` holds all properties for the template, `own(name)` stands for an attribute that the resource itself will have."""
        template = self._template(resource, endpoint)
        holes = Holes(resource.properties)
        masked = holes.mask(resource.properties)
        text = run(
            template,
            {**masked, "it": masked, "operation": operation},
            {"own": lambda attribute: holes.token(Ref(resource.address, attribute))},
        )
        return holes.put_back(FORMS[endpoint.kind].parse(text))

    def _template(self, resource: Resource, endpoint: Endpoint) -> jinja2.Template:
        """Compiled when something is rendered with it, which takes longer than all else of a small plan."""
        name = _template_name(resource.address, endpoint)
        if name not in self._templates:
            self._source(name, resource, endpoint)
            try:
                self._templates[name] = self._environments[endpoint.kind].get_template(name)
            except jinja2.TemplateSyntaxError as problem:
                raise Invalid(Diagnostic("VTN-R002", f"template {name}, line {problem.lineno}: {problem.message}")) from None
        return self._templates[name]

    def _source(self, name: str, resource: Resource, endpoint: Endpoint) -> str:
        made = self._environments[endpoint.kind]
        try:
            return made.loader.get_source(made, name)[0] if made.loader else ""
        except jinja2.TemplateNotFound:
            raise Invalid(
                Diagnostic(
                    "VTN-R001",
                    f"there is no template {name}",
                    address=str(resource.address),
                    hint=f"endpoint {endpoint.id} is of family {endpoint.family}; add the template or name another family",
                )
            ) from None

    @staticmethod
    def _diagnostic(code: str, resource: Resource, endpoint: Endpoint, why: str) -> Diagnostic:
        return Diagnostic(code, f"template {_template_name(resource.address, endpoint)}: {why}", address=str(resource.address))


def _template_name(address: Address, endpoint: Endpoint) -> str:
    return f"{endpoint.kind}/{endpoint.family}/{address.kind}.{FORMS[endpoint.kind].extension}.j2"
