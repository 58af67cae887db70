"""The probe agent of a region, which sends true packets into its network and tells whether and which way they arrived."""
