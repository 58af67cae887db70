"""The command line: parses arguments, calls a use case, hands what comes back to a view."""
