"""Migrations of the database, run when an older state is opened."""
