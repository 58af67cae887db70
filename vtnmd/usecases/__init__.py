"""What every front end calls: values and paths in, values out. Nothing is printed; clock, secrets and signals are handed in.

Functions raise VtnmdError with all its diagnostics: Invalid for input, Stale for plans, StateError for the state, EndpointError for
endpoints. The names of the modules are the table of contents.
"""
