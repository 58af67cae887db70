"""Builds a small service in Python: a shop whose web servers are stretched over two regions. Prints it, or submits it to a server.

vtnmd bindings -o vtnmd_models.py
python make_shop.py
VTNMD_PASSWORD=… python make_shop.py https://127.0.0.1:8443 USER
"""

import json
import os
import sys

import vtnmd_models as models

from vtnmd.bindings import Server, intent_of, submit

bound = models.vtnmd_vtn()
service = bound.services.service.add("small-shop")
gold = service.qos_class.add("gold")
gold.dscp, gold.priority = 46, 1

vtn = service.vtn.add("shop")
vtn.tenant = "acme"

web = vtn.segment.add("web")
web.cidr, web.gateway = "10.1.0.0/24", "10.1.0.1"
for name, first, last in (("east", "10.1.0.10", "10.1.0.99"), ("west", "10.1.0.110", "10.1.0.199")):
    web.region.add(name).pool.add(first).end = last

till = vtn.attachment.add("till")
till.segment, till.region, till.node, till.port = "web", "east", "openflow:1", "s1-eth1"

backbone = vtn.interconnect.add("backbone")
backbone.kind, backbone.protection, backbone.qos_class = "mpls-l2vpn", "fast-reroute", "gold"
backbone.segment.append("web")
backbone.bandwidth.min_, backbone.bandwidth.max_ = 200_000, 400_000

servers = vtn.workload.add("web-servers")
servers.count = 2
for name in ("east", "west"):
    servers.region.append(name)
servers.segment.append("web")
front = {"name": "front", "flavor": {"num_cpus": 1}, "image": {}, "ports": [{"segment": "web"}], "volumes": []}
servers.body = json.dumps({"servers": [front]})  # anydata in the model, so JSON text here

document = intent_of(bound)
if len(sys.argv) > 1:
    url, user = sys.argv[1:]
    print(submit(document, Server(url, user, os.environ["VTNMD_PASSWORD"])))
else:
    print(json.dumps(document, indent=2))
