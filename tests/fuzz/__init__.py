"""Whatever clients send: targets that take any octets, run by hypothesis, by atheris or by mutation (`python -m tests.fuzz`)."""
