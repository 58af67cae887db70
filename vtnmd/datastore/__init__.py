"""The datastores of the northbound: running, candidates, their edits, validation, commits. No protocol, no storage, no policy."""
