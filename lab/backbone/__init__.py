"""A provider's backbone on one machine: transit nodes with true MPLS labels, a PE router and an access network per region."""
