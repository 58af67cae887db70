"""Simulated endpoints on loopback that speak the true protocols, so that anyone can try vtnmd without a lab."""
