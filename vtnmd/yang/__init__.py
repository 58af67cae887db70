"""YANG schemas, instance documents and the checks between them: the only importer of yangson.

Documents are RFC 7951 JSON trees. Everything here is a pure function of its arguments, but for the reading of module files.
"""
