"""The values that flow through vtnmd, and nothing that does I/O. Standard library only."""
