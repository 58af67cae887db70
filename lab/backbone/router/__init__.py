"""The PE router: a real NETCONF server, and an agent that makes Open vSwitch and Linux forward as the configuration says."""
