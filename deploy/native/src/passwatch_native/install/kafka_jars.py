"""Kafka's jars, by Maven."""

from __future__ import annotations

import shutil

from passwatch_native.install.command import run
from passwatch_native.install.stamps import Stamps, digest
from passwatch_native.paths import Checkout


def install(checkout: Checkout, stamps: Stamps) -> bool:
    """Bring the jars that the pom lists; returns whether there was anything to do."""
    wanted = digest(checkout.root, [checkout.kafka_pom])
    if stamps.is_current("kafka", wanted) and checkout.kafka_jars.is_dir():
        return False
    part = checkout.kafka_jars.with_name("part")
    shutil.rmtree(part, ignore_errors=True)
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(checkout.kafka_pom), "dependency:copy-dependencies"]
    run(
        "Bringing Kafka's jars",
        [*command, "-DincludeScope=runtime", f"-DoutputDirectory={part}"],
        cure="Is Maven's repository reachable? `mvn --version` tells which settings it reads.",
    )
    shutil.rmtree(checkout.kafka_jars, ignore_errors=True)
    part.rename(checkout.kafka_jars)
    stamps.set("kafka", wanted)
    return True
