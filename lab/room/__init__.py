"""One set of namespaces in which the parts of the real lab run together, and with which all of them end."""
