"""One file per migration; the number in front is its revision."""
