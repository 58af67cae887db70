"""What the OpenDaylight is made of that mounts vtnmd as a device."""

from lab.karaf.artifacts import Artifact
from lab.karaf.distribution import Recipe
from lab.karaf.java import JAVA_21

NETCONF = Recipe(
    product="OpenDaylight NETCONF 10.0.2",
    karaf=Artifact("org.opendaylight.odlparent", "opendaylight-karaf-empty", "14.3.1", "tar.gz"),
    repository="mvn:org.opendaylight.netconf/features-netconf/10.0.2/xml/features",
    features=("odl-restconf", "odl-netconf-topology"),
    runtime=JAVA_21,
    effort="250 MB are downloaded once and 460 MB kept; this takes one to five minutes",
)
