"""Every diagnostic code with its explanation: the one table behind `vtnmd explain`, the exit codes and the RFC 6241 error-tags.

Letters: F files and YAML, T TOSCA, Y YANG and intent, I inventory, G graph, R rendering, P plan, S state, E endpoints and
execution, A accounts, U usage. A code is never reused for another meaning.
"""

from dataclasses import dataclass

EXIT_OK, EXIT_FAILED, EXIT_INVALID, EXIT_PARTLY, EXIT_STALE, EXIT_UNREACHABLE, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
EXIT_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Code:
    """What a diagnostic code means. `error_tag` is the RFC 6241 appendix A tag that a northbound client is given.

    What stands at the place of a `confidential` one is not shown.
    """

    title: str
    explanation: str
    exit_code: int = EXIT_INVALID
    error_tag: str = "invalid-value"
    confidential: bool = False


_FILES = {
    "VTN-F001": Code("file cannot be read", "The file does not exist, is a folder, or may not be read by this user."),
    "VTN-F002": Code("file is not UTF-8", "vtnmd reads YAML and JSON as UTF-8 only. Convert the file and try again."),
    "VTN-F003": Code("file is too large", "The file is above the size limit, which protects against exhausted memory."),
    "VTN-F004": Code("not valid YAML", "The YAML parser could not read the file at the place shown."),
    "VTN-F005": Code("duplicate key", "A mapping holds the same key twice; YAML would silently keep the last one only."),
    "VTN-F006": Code("YAML tag refused", "Only plain YAML is read: tags such as !!python/object are never interpreted."),
    "VTN-F007": Code("too many YAML aliases", "Anchors and aliases expand to more nodes than the limit allows (a YAML bomb)."),
    "VTN-F008": Code("cannot write", "An output file or folder cannot be written."),
    "VTN-F009": Code("nested too deeply", "The document is nested deeper than the limit allows."),
    "VTN-F010": Code("not an archive", "A file that is called .csar or .zip is no ZIP archive, or is damaged."),
    "VTN-F011": Code(
        "member of an archive refused",
        "Members of a CSAR are plain files with names inside of it: no links, no `..`, no absolute or repeated names, nothing "
        "encrypted, and no archives. Nothing of the archive is read then.",
    ),
    "VTN-F012": Code(
        "archive expands too much",
        "The archive has more members, or they expand to more octets, than the limits allow (a ZIP bomb).",
    ),
    "VTN-F013": Code(
        "service template of an archive not found",
        "A CSAR has a line `Entry-Definitions` in TOSCA-Metadata/TOSCA.meta, or one YAML file at the top whose metadata has "
        "template_name and template_version.",
    ),
    "VTN-F014": Code(
        "outside of the service's folder",
        "A CSAR holds what stands below the folder of the service template, and the service refers to a file elsewhere.",
    ),
    "VTN-F015": Code(
        "file is not formatted",
        "`vtnmd fmt` compares what a file says before and after, and leaves one alone whose meaning it would change: with keys "
        "that are written with a question mark, or with line ends that are none elsewhere. vtnmd reads such files all the same.",
    ),
    "VTN-F020": Code(
        "no models", "A folder of models has tosca/*.yaml, yang/*.yang and templates/KIND/FAMILY/*.j2, or some of them."
    ),
    "VTN-F021": Code("leads out of the folder", "Models and what is written for them stay in the folder that was named."),
    "VTN-F022": Code("is there already", "vtnmd writes a skeleton only where nothing stands yet."),
}

_TOSCA: dict[str, Code] = {
    "VTN-T001": Code(
        "TOSCA version missing or not supported",
        "A file begins with `tosca_definitions_version`; vtnmd reads tosca_simple_yaml_1_0 to tosca_simple_yaml_1_3.",
    ),
    "VTN-T002": Code("unknown keyname", "The TOSCA grammar has no such keyname at this place."),
    "VTN-T003": Code(
        "wrong structure",
        "A mapping, a list or a plain value was expected at this place, and something else stands there.",
    ),
    "VTN-T004": Code("keyname missing", "The TOSCA grammar requires a keyname that is not there."),
    "VTN-T010": Code("import not found", "An imported file does not exist, cannot be read, or is not shipped with vtnmd."),
    "VTN-T011": Code(
        "import refused",
        "Without --allow-url-imports, imports are local files and the shipped profile. A CSAR imports its own files only.",
    ),
    "VTN-T012": Code("unknown repository", "An import or artifact names a repository that the file does not declare."),
    "VTN-T013": Code(
        "import is no TOSCA file",
        "No line of the imported file begins with `tosca_definitions_version`, so it is read no further and nothing is shown.",
    ),
    "VTN-T014": Code(
        "artifact not found",
        "An artifact, or the implementation of an operation, names a file that does not exist, and no artifact is called so.",
    ),
    "VTN-T015": Code(
        "credentials in a URL",
        "A URL that is imported must not hold a user or a password: it stands in files, diagnostics and logs.",
        confidential=True,
    ),
    "VTN-T020": Code("unknown type", "No type of this name is declared in the file, its imports or the TOSCA profile."),
    "VTN-T021": Code("types derive from each other", "Following `derived_from` leads back to the type itself."),
    "VTN-T022": Code("type defined twice", "Two different definitions of one type name meet in a file."),
    "VTN-T023": Code("type definition is inconsistent", "A type definition contradicts itself or the type that it derives from."),
    "VTN-T024": Code(
        "constraint cannot be used",
        "A constraint is unknown, has operands of the wrong form, or does not apply to the type.",
    ),
    "VTN-T030": Code("input missing", "A required input has neither a value nor a default."),
    "VTN-T031": Code("unknown input", "A value was given for an input that the service template does not declare."),
    "VTN-T032": Code("function call is wrong", "A TOSCA function was called with arguments of the wrong form."),
    "VTN-T033": Code(
        "function refers to something unknown",
        "The input, node, property or attribute that a TOSCA function names does not exist.",
    ),
    "VTN-T034": Code("values depend on each other", "Following the functions of a value leads back to the value itself."),
    "VTN-T040": Code("unknown property", "The type declares no property of this name."),
    "VTN-T041": Code("required property missing", "A property is required and has no default, and was not given."),
    "VTN-T042": Code("value of the wrong type", "A value is no value of the declared TOSCA type."),
    "VTN-T043": Code("value outside its constraints", "A value violates a constraint of its definition."),
    "VTN-T044": Code("unknown name", "The type declares no capability, attribute, interface or operation of this name."),
    "VTN-T050": Code("unknown requirement", "The node type declares no requirement of this name."),
    "VTN-T051": Code(
        "unknown target",
        "No node template, group or node type has the name that a requirement, group or policy refers to.",
    ),
    "VTN-T052": Code("target does not fit", "The target's type or capabilities are not what the requirement demands."),
    "VTN-T053": Code("requirement missing", "A requirement occurs less often than its definition demands."),
    "VTN-T054": Code("requirement repeated too often", "A requirement occurs more often than its definition allows."),
    "VTN-T055": Code(
        "no single node matches",
        "A node filter or a node type as target should match exactly one node template: of several the first one is taken, and "
        "where there is none the requirement stays open.",
    ),
    "VTN-T056": Code(
        "relationship does not fit",
        "A relationship's type is not what the requirement or the relationship type allows.",
    ),
    "VTN-T057": Code("template copied in a circle", "Following `copy` leads back to the template itself."),
    "VTN-T060": Code("group member does not fit", "A member of a group is unknown or of a type that the group type does not take."),
    "VTN-T061": Code(
        "policy target does not fit",
        "A target of a policy is unknown or of a type that the policy type does not take.",
    ),
    "VTN-T062": Code(
        "substitution mapping is wrong",
        "A substitution mapping names something that its node type or the topology does not have.",
    ),
    "VTN-T063": Code("workflow is wrong", "A workflow names a node, group, relationship or step that does not exist."),
    "VTN-T070": Code(
        "no place in the YANG models",
        "A value or a requirement was given that the YANG list its type is bound to does not hold.",
    ),
    "VTN-T071": Code(
        "parent is not clear",
        "The entry that a node or group is nested in cannot be told from its requirements or members.",
    ),
    "VTN-T072": Code(
        "unit cannot be converted exactly",
        "A scalar unit does not come out as a whole number of the YANG leaf's unit.",
    ),
    "VTN-T073": Code(
        "value is not known before deployment",
        "A TOSCA function that needs a deployed node stands where the YANG models need a value now.",
    ),
    "VTN-T080": Code(
        "node cannot become part of a workload",
        "A normative node type that vtnmd does not compile to servers stands in a workload, or lacks what a server needs.",
    ),
    "VTN-T081": Code(
        "node belongs to no workload",
        "A normative node is a member of no workload group, so nothing is deployed for it.",
    ),
    "VTN-T082": Code("has no effect", "The file says something that vtnmd accepts and does not act on."),
    "VTN-T083": Code(
        "read as it is probably meant",
        "TOSCA does not allow what the file says. Other implementations read it, and vtnmd does in the way that the message tells.",
    ),
    "VTN-T090": Code(
        "no substituting template",
        "A node must be made of other nodes, and no template with fitting substitution_mappings is imported or among the models.",
    ),
    "VTN-T091": Code(
        "several substituting templates",
        "More than one template could stand for a node; substitution_filter tells which is for which nodes.",
    ),
    "VTN-T092": Code("composite inside of itself", "Following the templates that stand for nodes leads back to the node itself."),
    "VTN-T093": Code("too many nodes", "With all that composites are made of, a service has more nodes than the limit allows."),
    "VTN-T094": Code("two things of one name", "A node inside of a composite gets a name that something else in the service has."),
}

_YANG: dict[str, Code] = {
    "VTN-Y101": Code("YANG module not found", "A module that is needed stands in none of the folders that were searched."),
    "VTN-Y102": Code("YANG module cannot be read", "The file of a module cannot be opened or is not valid YANG."),
    "VTN-Y103": Code("YANG model is wrong", "The modules parse, but do not fit together: see the detail."),
    "VTN-Y104": Code("module name is taken", "A designer's YANG module has the name of one that ships with vtnmd."),
    "VTN-Y201": Code(
        "unknown member", "The data holds a name that the model does not know at this place.", error_tag="unknown-element"
    ),
    "VTN-Y202": Code("mandatory data missing", "A mandatory leaf or node is absent.", error_tag="data-missing"),
    "VTN-Y203": Code("list key missing", "An entry lacks a key of its list.", error_tag="missing-element"),
    "VTN-Y204": Code("duplicate entry", "Two entries of one list have the same keys.", error_tag="bad-element"),
    "VTN-Y205": Code("wrong shape", "An object, array or single value stands where another of these is wanted."),
    "VTN-Y206": Code("wrong type", "The value is not of the type that the model gives."),
    "VTN-Y207": Code("out of range", "The number is outside the range that the model allows."),
    "VTN-Y208": Code("wrong length", "The text or binary value is shorter or longer than the model allows."),
    "VTN-Y209": Code("pattern not met", "The text does not have the form that the model demands."),
    "VTN-Y210": Code("not an allowed name", "The value is none of the names that the model lists."),
    "VTN-Y211": Code("not an allowed identity", "The value is no identity that is derived from the wanted one."),
    "VTN-Y212": Code("no type fits", "The value belongs to none of the types that the model allows here."),
    "VTN-Y213": Code("two alternatives at once", "Members of two cases of one choice are present.", error_tag="bad-element"),
    "VTN-Y214": Code("alternative missing", "One case of a choice must be present.", error_tag="data-missing"),
    "VTN-Y215": Code("duplicate value", "A leaf-list of configuration holds a value twice.", error_tag="bad-element"),
    "VTN-Y216": Code(
        "state in configuration", "The node is state that the system reports; it cannot be configured.", error_tag="unknown-element"
    ),
    "VTN-Y301": Code("reference without target", "The value refers to something that does not exist.", error_tag="data-missing"),
    "VTN-Y302": Code("constraint violated", "A condition that the model demands does not hold.", error_tag="operation-failed"),
    "VTN-Y303": Code(
        "not allowed here", "The node exists only under a condition, which does not hold.", error_tag="unknown-element"
    ),
    "VTN-Y304": Code("not unique", "Two entries share values that must differ.", error_tag="operation-failed"),
    "VTN-Y305": Code("too few entries", "A list has fewer entries than it must have.", error_tag="operation-failed"),
    "VTN-Y306": Code("too many entries", "A list has more entries than it may have.", error_tag="operation-failed"),
    "VTN-Y307": Code("check failed", "A check of the model beyond XPath does not pass.", error_tag="operation-failed"),
}

_INVENTORY: dict[str, Code] = {
    "VTN-I001": Code("region missing", "The service names a region that the inventory does not have.", error_tag="data-missing"),
    "VTN-I002": Code(
        "endpoint missing", "A region lacks a controller, router or cloud that the service needs.", error_tag="data-missing"
    ),
    "VTN-I003": Code("endpoint ambiguous", "A region has several endpoints of a kind and nothing says which one to use."),
    "VTN-I004": Code("no inventory in the file", "An inventory file is a mapping with the one key `inventory`."),
    "VTN-I005": Code(
        "no inventory", "The command needs to know regions and endpoints, and was given no inventory.", error_tag="data-missing"
    ),
    "VTN-I006": Code("no such endpoint", "Endpoints are named REGION/NAME, as in the inventory.", error_tag="data-missing"),
    "VTN-I008": Code("no such region", "Regions are named as in the inventory.", error_tag="data-missing"),
    "VTN-I009": Code(
        "no such request in the queue",
        "`vtnmd region queue REGION` lists what waits there; where two services wait with the same id, put RUN: in front of it.",
        error_tag="data-missing",
    ),
    "VTN-I007": Code("nothing to enrol", "The endpoint shows neither a host key nor a certificate that could be kept in a file."),
    "VTN-I010": Code(
        "pool missing", "A resource needs a value from a pool that the inventory does not declare.", error_tag="data-missing"
    ),
    "VTN-I011": Code("pool exhausted", "No free value is left in a pool of labels, VLANs or numbers.", error_tag="resource-denied"),
    "VTN-I012": Code(
        "route distinguishers missing", "A router needs the inventory's backbone/route-distinguisher.", error_tag="data-missing"
    ),
    "VTN-I020": Code(
        "backbone node missing", "A region's PE router must be exactly one node of the backbone.", error_tag="data-missing"
    ),
    "VTN-I021": Code("no way over the backbone", "No links lead from one region's PE router to the other's."),
    "VTN-I022": Code("no disjoint way", "Protection needs a second way that shares no link and no transit node with the first."),
    "VTN-I023": Code(
        "adjacency label missing", "A transit node can be steered through only by the label that it holds for the next link."
    ),
    "VTN-I024": Code("mtu too large", "Packets of the segment with their labels are larger than a link of the backbone carries."),
    "VTN-I030": Code(
        "no fitting flavor", "No flavor of the region's cloud has the processors, memory and disk that a server asks for."
    ),
    "VTN-I031": Code("no fitting image", "No image of the region's cloud agrees with the operating system that a server asks for."),
}

_HAND_OFF: dict[str, Code] = {
    "VTN-H001": Code(
        "no Heat resource",
        "A node of the topology is of a type that no resource of Heat stands for. The hint names the types that can be expressed; "
        "a type that derives from one of them is expressed like it.",
    ),
    "VTN-H002": Code(
        "policy not expressed", "Heat has nothing for a policy of this type, or the policy does not say what Heat needs."
    ),
    "VTN-H003": Code(
        "value not expressed", "Heat has no function, attribute or property that says what a value of the topology says."
    ),
    "VTN-H004": Code(
        "no server to run on", "An operation runs on the server at the end of a node's chain of hosts, and there is none."
    ),
    "VTN-H005": Code(
        "left to a parameter",
        "No flavor or image fits what a server asks for, or what it asks for is not known yet. The template has a parameter for it "
        "(or says null, for a VNF), which whoever creates the stack gives a value.",
    ),
    "VTN-H006": Code("left out", "Part of the topology has no counterpart in a stack. The template says the rest."),
    "VTN-H007": Code(
        "one name for two resources", "Two parts of the topology come to resources of the same name. Rename one of them."
    ),
    "VTN-H008": Code(
        "file not handed off",
        "The template names a file that does not stand where the topology says, so it was not written beside the template. Put it "
        "there before the stack is created. A file outside of the folder of the service is refused: the client of Heat would read "
        "it from wherever the stack is created.",
    ),
    "VTN-H009": Code(
        "not in CloudFormation",
        "The CloudFormation form of a template cannot say this. The resource is left out; render with --target heat to keep it.",
    ),
    "VTN-H010": Code(
        "other kind of service",
        "A topology of normative types is rendered as one Heat template (--target heat or cfn). One with nodes of vtnmd is "
        "rendered region by region for the endpoints of an inventory (--target heat, cfn, odl, netconf or restconf).",
    ),
    "VTN-H011": Code(
        "stack not in CloudFormation",
        "The template of a stack uses a function, a keyword or a section of HOT that CloudFormation has no word for. A stack that "
        "lacked part of what it shall be would be another one, so nothing is written; render it for the target heat, or change the "
        "template that vtnmd renders it with.",
    ),
}

_GRAPH: dict[str, Code] = {
    "VTN-G001": Code("contradiction", "Two parts of a service want different things of the same resource."),
    "VTN-G002": Code("need of nothing", "A resource needs another one that no rule provides."),
    "VTN-G003": Code(
        "circular dependency", "Resources, or nodes of the topology, need each other in a circle, so none could be first."
    ),
    "VTN-G010": Code("segment not joined", "A segment is in several regions, but no interconnect makes it one broadcast domain."),
    "VTN-G011": Code(
        "condition or policy without effect",
        "A flow condition or path policy is made only in regions where a flow filter or path map names it, and none does.",
    ),
    "VTN-G020": Code(
        "moved to a name that was there before",
        "Something is said to be moved to a name that something else has already. One thing cannot become another that exists.",
    ),
    "VTN-G021": Code(
        "moved from two names at once",
        "Several of the names that something is said to be moved from are there, so it is not known which of them it was.",
    ),
    "VTN-G022": Code(
        "move without effect",
        "What is said to be moved was moved before, or nothing of the former name is there. Nothing is renamed.",
    ),
    "VTN-G030": Code(
        "what a resource takes is not there",
        "A list of a designer's own takes a setting, a value from a pool or a property that its entry does not lead to.",
    ),
}

_RENDER: dict[str, Code] = {
    "VTN-R001": Code("template missing", "No template folder has the template of this kind of resource for the endpoint's family."),
    "VTN-R002": Code(
        "template failed", "The template is wrong, uses a name that the resource does not have, or does too much work."
    ),
    "VTN-R003": Code(
        "output not understood", "What the template yields is not what its kind of endpoint takes (docs/architecture.md)."
    ),
}

_PLAN: dict[str, Code] = {
    "VTN-P010": Code("not a plan", "The file was not written by `vtnmd plan -o`, was changed, or is of another version of vtnmd."),
    "VTN-P011": Code("no such resource in the plan", "The address is that of no resource which the service has or had."),
    "VTN-P012": Code("prefix in use", "The prefix of a segment cannot change while servers hold addresses of it."),
    "VTN-P020": Code(
        "approvals missing",
        "The inventory demands that users other than its author approve a plan before it is applied. Nothing was written.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-P021": Code(
        "own plan",
        "A plan is approved by somebody else than the user who made it. Users are told apart by their login.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-P022": Code(
        "plan file needed",
        "The inventory demands approvals, and only a plan in a file can be approved: write it with -o, approve and apply that.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-P023": Code(
        "earlier intent no longer fits",
        "What a service was at an earlier run is not possible with the present inventory or models; the other diagnostics say why.",
    ),
    "VTN-P030": Code(
        "cannot be adopted",
        "What drifted at an endpoint was to be taken as it is, but the same plan changes the resource, which would overwrite it.",
    ),
    "VTN-P031": Code(
        "not as it shall be",
        "What is to be taken over is not in the network, or not as the service wants it. `vtnmd import --partial` takes over the "
        "rest.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-P032": Code(
        "allocation in other hands",
        "A value that is to be taken over is held by somebody else, its owner holds another one, or the file of allocations is "
        "wrong.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-P040": Code(
        "region is held",
        "An operator has paused the region or put it into maintenance. Changes there wait until that ends; the others go on.",
    ),
    "VTN-P026": Code(
        "no plan waits under this digest",
        "Plans of commits that need approval are kept until they have it. This one was applied, or the service has changed since.",
        EXIT_INVALID,
        "data-missing",
    ),
    "VTN-P025": Code(
        "renamed since", "A rollback does not rename a service. What it was under its earlier name is planned from its file."
    ),
    "VTN-P024": Code(
        "later runs are undone too", "A rollback leads to before a run, so what later runs of the service did goes with it."
    ),
    "VTN-P001": Code(
        "endpoint left the inventory", "An endpoint still holds resources of the service but is not in the inventory."
    ),
}

_STATE: dict[str, Code] = {
    "VTN-S001": Code(
        "state cannot be written",
        "The state folder or its files cannot be made or written by this user.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-S002": Code(
        "disk full",
        "There is no room to record what happens. Nothing is sent that is not recorded, so the run stopped: make room, resume it.",
        EXIT_FAILED,
        "resource-denied",
    ),
    "VTN-S003": Code(
        "state damaged",
        "The state file is no database, or parts of it are missing. Put a copy back with `vtnmd state restore FILE`.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-S004": Code(
        "state of a newer vtnmd",
        "A newer vtnmd wrote this state. Use that version, or a newer one.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-S005": Code(
        "state locked", "Another process kept the database locked for longer than vtnmd waits.", EXIT_FAILED, "in-use"
    ),
    "VTN-S006": Code(
        "state has another owner",
        "State has one owner at a time. Wait for the other vtnmd to end, or use --wait.",
        EXIT_FAILED,
        "lock-denied",
    ),
    "VTN-S007": Code("no such service", "The state holds no service of this name.", EXIT_INVALID, "data-missing"),
    "VTN-S008": Code("no such run", "The state holds no run of this id.", EXIT_INVALID, "data-missing"),
    "VTN-S009": Code(
        "run cannot be resumed",
        "The run has applied everything, or a later run has taken its service over. Apply the service again instead.",
        EXIT_STALE,
        "operation-failed",
    ),
    "VTN-S010": Code(
        "state cannot be used", "The database that holds the state answered with an error.", EXIT_FAILED, "operation-failed"
    ),
    "VTN-S011": Code("state address not understood", "The state is a folder or a database URL of a kind that vtnmd supports."),
    "VTN-S012": Code(
        "run under way",
        "Another run is at work on the same service or on resources that the plan touches. Wait for it, or resume it.",
        EXIT_FAILED,
        "in-use",
    ),
    "VTN-S013": Code(
        "earlier state not kept",
        "The run was begun by a vtnmd that did not keep what the service was before it.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-S014": Code(
        "run has ended",
        "Only a run that goes on, waits, failed or was interrupted can be cancelled.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-S030": Code(
        "state cannot be reached",
        "The server that holds the state does not answer, is starting or is going down. Nothing is sent that is not recorded: what "
        "was on its way is read back when the run is resumed.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-S031": Code(
        "state refuses the user",
        "The database does not exist, or does not let this user in or write. Passwords: PGPASSWORD, ~/.pgpass or a passfile.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-S032": Code(
        "packages for PostgreSQL missing",
        "State on PostgreSQL, and workers on it, need the packages of the extra `fleet`: pip install 'vtnmd[fleet]'.",
        EXIT_FAILED,
        "operation-not-supported",
    ),
    "VTN-S035": Code(
        "state is not a file",
        "vtnmd copies states that are files. A PostgreSQL database is copied, and put back, with the tools of its server.",
        EXIT_INVALID,
        "operation-not-supported",
    ),
    "VTN-S034": Code(
        "state cannot be shared",
        "Workers take what they carry from a PostgreSQL database that holds the state. A folder has no room for several at once.",
        EXIT_INVALID,
        "operation-not-supported",
    ),
    "VTN-S033": Code(
        "leg is with another worker",
        "This worker was thought dead, and another one goes on with what it carried. It writes and sends nothing more of that.",
        EXIT_FAILED,
        "in-use",
    ),
    "VTN-S020": Code(
        "stale plan",
        "Something that the plan read has changed since it was made. Plan again, look at the difference and apply that.",
        EXIT_STALE,
        "operation-failed",
    ),
    "VTN-S040": Code("no state here", "There is no state at the place that was named, and so nothing to copy.", EXIT_INVALID),
    "VTN-S041": Code("no such commit", "The state holds no commit of this number.", EXIT_INVALID, "data-missing"),
    "VTN-S042": Code("commit refused", "What the configuration would hold after the commit is against the models.", EXIT_INVALID),
}

_ENDPOINT: dict[str, Code] = {
    "VTN-E020": Code(
        "driver failed unexpectedly",
        "A driver broke its contract: an error in vtnmd, or in a driver that was added to it. Please report the text shown.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E021": Code(
        "endpoint not in the inventory",
        "A request goes to an endpoint that the plan's inventory does not name.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-E040": Code(
        "no worker for a region",
        "With a state on PostgreSQL requests are sent by workers, and none that serves this region is running. Start one.",
        EXIT_PARTLY,
        "resource-denied",
    ),
    "VTN-E030": Code(
        "no probe agent", "A probe starts in a region whose inventory has no endpoint of kind probe.", error_tag="data-missing"
    ),
    "VTN-E031": Code(
        "region held",
        "An operator paused the region or put it into maintenance. What is to be done there waits until it is released: `vtnmd "
        "region unpause`.",
        EXIT_PARTLY,
        "resource-denied",
    ),
    "VTN-E032": Code(
        "left alone",
        "When a region returned, a resource there was neither as vtnmd had left it nor as the approved service wants it. Somebody "
        "changed it meanwhile, so it is not touched without being asked for.",
        EXIT_PARTLY,
        "operation-failed",
    ),
    "VTN-E001": Code(
        "secret missing",
        "A reference to a secret (env:NAME or file:PATH) could not be resolved where vtnmd runs.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E010": Code(
        "endpoint unreachable",
        "No connection to the endpoint could be made, or it went silent before anything was asked of it. Nothing was changed "
        "there; it will be tried again.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E011": Code(
        "certificate not trusted",
        "The TLS certificate of the endpoint does not lead to a trusted authority, has expired or is for another host. Name the "
        "authority in ca-file; verification cannot be switched off.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E012": Code(
        "credentials refused",
        "The endpoint does not accept the user name or password of the inventory.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-E013": Code(
        "answer lost",
        "A request left for the endpoint and no whole answer came back, so it may or may not have taken effect. vtnmd reads what "
        "the endpoint holds before it does anything else.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E014": Code(
        "endpoint busy",
        "The endpoint answered that it cannot serve the request now. It will be tried again.",
        EXIT_FAILED,
        "resource-denied",
    ),
    "VTN-E015": Code(
        "unexpected answer",
        "Something answered at this URL that does not speak the API that the inventory promises: another service, a redirect, or a "
        "wrong path.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E016": Code(
        "value not known",
        "A request needs a value that an earlier change should have brought and that no applied resource has.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-E017": Code(
        "certificate file unusable", "The ca-file of the inventory cannot be read or holds no certificate.", EXIT_FAILED
    ),
    "VTN-E101": Code(
        "conflict in the controller",
        "The VTN Manager holds something else that excludes what was asked, such as the same VLAN mapped to another vBridge.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-E102": Code(
        "missing in the controller",
        "The VTN Manager lacks something that the request builds on, such as the VTN of a vBridge.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-E103": Code("refused by the controller", "The VTN Manager found the request wrong.", EXIT_FAILED, "invalid-value"),
    "VTN-E104": Code(
        "not held after write",
        "The VTN Manager accepted a request, but what it holds afterwards is not what was asked for.",
        EXIT_FAILED,
        "operation-failed",
    ),
    # NETCONF: southbound/netconf*.py
    "VTN-E201": Code(
        "host key not trusted",
        "The SSH host key that the device shows is not the one of the inventory (host-key, known-hosts-file) or of the user's own "
        "known_hosts. Compare it with the device's console before you trust it; verification cannot be switched off.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E202": Code(
        "SSH file unusable",
        "The private key or the known_hosts file that the inventory names cannot be read or is not of its kind.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E203": Code(
        "no NETCONF",
        "SSH works, but there is no NETCONF behind it: the subsystem is refused, or what answers does not speak the protocol.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E204": Code(
        "configuration refused",
        "The device found the configuration wrong; the detail holds its errors. Its running configuration is as it was.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E205": Code(
        "not allowed on the device",
        "The user logged in, but the device's access control does not allow what was asked.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-E206": Code(
        "not held after commit",
        "The device took a commit, but what it holds afterwards is not what was asked for.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E207": Code(
        "device cannot be configured",
        "The device offers neither a candidate nor a writable running datastore.",
        EXIT_FAILED,
        "operation-not-supported",
    ),
    "VTN-E208": Code(
        "no XML text",
        "A value holds characters that XML 1.0 cannot carry, such as control characters.",
        EXIT_FAILED,
        "invalid-value",
    ),
    # Heat: southbound/cloud.py, cloud_session.py, heat.py
    "VTN-E301": Code(
        "not allowed in the cloud", "The user logged in, but its roles do not allow what was asked.", EXIT_FAILED, "access-denied"
    ),
    "VTN-E302": Code(
        "no Heat service",
        "The catalogue of Keystone holds no orchestration service for this region, or what it names is not Heat.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E303": Code(
        "stack in progress",
        "A create, update or delete of the stack is still under way. It will be looked at again.",
        EXIT_FAILED,
        "in-use",
    ),
    "VTN-E304": Code("stack refused", "Heat refused the template or another part of the request.", EXIT_FAILED, "operation-failed"),
    "VTN-E305": Code(
        "stack failed",
        "Heat accepted the template but could not make, change or remove what it describes. The stack is left as it is, so that "
        "it can be looked into; the next apply repairs or replaces it.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E306": Code(
        "stack name taken",
        "A stack of this name exists that vtnmd did not make (it has no tag vtnmd), so it is neither changed nor removed.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-E307": Code(
        "cloud settings unusable",
        "The entry in clouds.yaml or in the inventory does not say all that is needed to log in, or switches off TLS verification.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E308": Code(
        "output missing",
        "A stack is complete, but has no value for an output that other resources need.",
        EXIT_FAILED,
        "data-missing",
    ),
    "VTN-E309": Code("not found in the cloud", "Heat does not know what was asked for.", EXIT_FAILED, "data-missing"),
    "VTN-E310": Code(
        "conflict in the cloud",
        "Heat refused the request because of what it holds or is doing, or the stack changes at somebody else's hand.",
        EXIT_FAILED,
        "data-exists",
    ),
    # RESTCONF: southbound/restconf*.py
    "VTN-E501": Code(
        "refused by the server",
        "The RESTCONF server found the request or the configuration wrong; the detail holds its errors. Nothing was changed.",
        EXIT_FAILED,
        "invalid-value",
    ),
    "VTN-E502": Code(
        "conflict in the server",
        "The RESTCONF server holds something else that excludes what was asked.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-E503": Code(
        "missing in the server", "The RESTCONF server lacks something that the request builds on.", EXIT_FAILED, "data-missing"
    ),
    "VTN-E504": Code(
        "not held after write",
        "The RESTCONF server accepted a request, but what it holds afterwards is not what was asked for.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E505": Code(
        "not allowed on the server",
        "The user logged in, but the RESTCONF server does not allow what was asked.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-E506": Code(
        "changed meanwhile",
        "Somebody changed a resource of a RESTCONF server after it was read for this run. The request was not carried out.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E401": Code(
        "drift",
        "An endpoint holds something else than was applied: somebody changed or removed it there. `vtnmd apply` with --repair puts "
        "it right, with --adopt takes it as it is.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E403": Code(
        "would overwrite drift",
        "What the request starts from is not what the endpoint holds: somebody changed or removed it there. It was not sent. With "
        "--repair it is, with --adopt what is found is taken as it is.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E404": Code(
        "there already",
        "What the request was to make is there already, and vtnmd does not know of it. It was not sent. `vtnmd import` and --adopt "
        "take over what is there, --repair overwrites it.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-E402": Code(
        "foreign",
        "Beside what vtnmd applied, in the same lists, stands something that vtnmd does not know. It is left alone.",
        EXIT_FAILED,
        "data-exists",
    ),
}

_ACCOUNTS = {
    "VTN-A001": Code(
        "TLS cannot be offered",
        "A server needs a certificate and its private key, in PEM and without a passphrase, and may be given authorities that "
        "vouch for certificates of clients. One of these files cannot be read, or they do not belong together.",
    ),
    "VTN-A002": Code(
        "keys of the server cannot be kept",
        "A server that is given no certificate or host key makes its own at its first start, and keeps them in a folder.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-A003": Code("no such account", "The configuration has no account, or no key of an account, of that name."),
    "VTN-A004": Code(
        "account exists",
        "An account, or a key of one, has a name that is not given twice. Nothing was changed.",
        error_tag="data-exists",
    ),
    "VTN-A005": Code(
        "account refused",
        "What is given for an account is not what the YANG module vtnmd-access allows there, or no password that can be kept.",
    ),
}

_USAGE: dict[str, Code] = {
    "VTN-U001": Code("wrong usage", "The command line could not be understood. `vtnmd COMMAND --help` shows what a command takes."),
    "VTN-U002": Code(
        "confirmation needed",
        "The command changes endpoints and asks before it does. Standard input is no terminal, so it cannot ask: give --yes.",
    ),
    "VTN-U003": Code("no such code", "`vtnmd explain` knows the codes that diagnostics carry, such as VTN-F001."),
    "VTN-U004": Code("interrupted", "The command was interrupted before it had anything to send.", EXIT_INTERRUPTED),
    "VTN-U009": Code(
        "internal error",
        "vtnmd came upon something that its authors did not foresee. The file that is named holds what a report of it needs.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-U010": Code("another lab runs", "A lab of another shape runs in that folder.", EXIT_FAILED, "in-use"),
    "VTN-U011": Code("ports in use", "The lab cannot listen, for another program does on these ports.", EXIT_FAILED, "in-use"),
    "VTN-U012": Code("lab did not start", "The process of a simulated region ended, or did not answer in time.", EXIT_FAILED),
    "VTN-U013": Code("no such region in the lab", "The lab that runs in the folder has other regions."),
    "VTN-U017": Code("no such link in the lab", "The backbone of the lab in that folder has other links."),
    "VTN-U015": Code("address not usable", "`vtnmd serve` listens on loopback only, on a port that no other program has."),
    "VTN-U016": Code(
        "traces cannot be sent",
        "The environment says where traces shall go, but what sends them is not installed: `pip install vtnmd[telemetry]`.",
        EXIT_FAILED,
        "operation-not-supported",
    ),
    "VTN-U020": Code(
        "language server is not installed",
        "`vtnmd lsp` needs the packages of the extra `lsp`: pip install 'vtnmd[lsp]'.",
    ),
    "VTN-U021": Code(
        "pyangbind is not installed",
        "`vtnmd bindings` needs the package of the extra `bindings`: pip install 'vtnmd[bindings]'.",
    ),
    "VTN-U022": Code(
        "bindings cannot be made",
        "The models are right, but Python or pyangbind cannot take them: two nodes of one place would have the same name there, or "
        "pyangbind fails, for the reason that is shown.",
        EXIT_FAILED,
    ),
    "VTN-U023": Code(
        "bindings do not fit",
        "What was given to `intent_of` or `bound_of` is no object of a module, belongs to another module, or is something that "
        "pyangbind cannot hold.",
    ),
    "VTN-U024": Code(
        "server cannot be used",
        "No RESTCONF server answers at the URL, or its certificate is not trusted, or credentials would be sent in clear.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-U025": Code(
        "server refuses",
        "The RESTCONF server answers with an error, which is shown as the server words it.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-U026": Code(
        "changed meanwhile",
        "Somebody else has changed the service since it was fetched, so nothing was written.",
        EXIT_STALE,
        "operation-failed",
    ),
    "VTN-U014": Code("lab is not up", "The lab, or the region of it that was named, does not run.", EXIT_FAILED),
}

CODES: dict[str, Code] = {
    **_FILES,
    **_TOSCA,
    **_YANG,
    **_INVENTORY,
    **_HAND_OFF,
    **_GRAPH,
    **_RENDER,
    **_PLAN,
    **_STATE,
    **_ENDPOINT,
    **_ACCOUNTS,
    **_USAGE,
}
