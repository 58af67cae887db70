"""The language server: LSP over standard input and output, at the edge of `vtnmd.language`. It writes no file."""
