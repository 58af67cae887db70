"""What runs in the Python that OpenStack is installed in: one service, for every region a process of its own.

`python -m lab.openstack.serve SERVICE CERTIFICATE KEY HOME=ADDRESS …`, where each HOME holds the settings of the service in one
region. Each module has `applications(home)`: it starts what works in the background and gives the WSGI applications, by API. All
of a service lives in one process, so that remote procedure calls need no broker. Programs of OpenStack fork workers and listen by
themselves, so they are not used; the modules do what those do before.
"""
