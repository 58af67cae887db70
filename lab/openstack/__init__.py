"""A genuine OpenStack of one or more regions: Keystone, and per region Heat, Neutron, Nova, Placement, Glance and Cinder."""
