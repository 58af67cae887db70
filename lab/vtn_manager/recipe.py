"""What the genuine VTN Manager is made of."""

from lab.karaf.artifacts import Artifact
from lab.karaf.distribution import Recipe
from lab.karaf.java import JAVA_8

VTN_MANAGER = Recipe(
    product="OpenDaylight Carbon, VTN Manager 0.6.0-Carbon",
    karaf=Artifact("org.opendaylight.controller", "opendaylight-karaf-empty", "1.8.0-Carbon", "tar.gz"),
    repository="mvn:org.opendaylight.vtn/features-vtn-manager/0.6.0-Carbon/xml/features",
    features=("odl-vtn-manager-rest",),
    runtime=JAVA_8,
    effort="250 MB are downloaded once and 470 MB kept; this takes one to five minutes",
    stand_ins={
        Artifact("com.github.romix", "java-concurrent-hash-trie-map", "0.2.23-ODL"): Artifact(
            "com.github.romix", "java-concurrent-hash-trie-map", "0.2.23"
        ),
        Artifact("org.fusesource.leveldbjni", "leveldbjni-all", "1.8-odl"): Artifact(
            "org.fusesource.leveldbjni", "leveldbjni-all", "1.8"
        ),
    },
)
