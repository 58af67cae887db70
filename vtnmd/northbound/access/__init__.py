"""Who clients are: accounts, and the proofs by which passwords, keys, certificates and tokens stand for a user."""
