"""What the genuine OpenDaylights of the lab share: a Karaf of Maven artifacts, a Java for it, and namespaces to run in."""
