"""Elasticsearch's server, by Maven."""

from __future__ import annotations

import shutil

from passwatch_native.install.command import run
from passwatch_native.install.stamps import Stamps, digest
from passwatch_native.paths import Checkout


def install(checkout: Checkout, stamps: Stamps) -> bool:
    """Bring the server that the pom names; returns whether there was anything to do."""
    wanted = digest(checkout.root, [checkout.elasticsearch_pom])
    if stamps.is_current("elasticsearch", wanted) and checkout.elasticsearch.is_dir():
        return False
    part = checkout.elasticsearch.with_name("part")
    shutil.rmtree(part, ignore_errors=True)
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(checkout.elasticsearch_pom)]
    command += ["dependency:unpack-dependencies", f"-DoutputDirectory={part}", f"-DmarkersDirectory={part / 'markers'}"]
    run(
        "Bringing Elasticsearch",
        command,
        cure="Is Maven's repository reachable? `mvn --version` tells which settings it reads.",
    )
    shutil.rmtree(checkout.elasticsearch, ignore_errors=True)
    (part / checkout.elasticsearch.name).rename(checkout.elasticsearch)
    shutil.rmtree(part)
    stamps.set("elasticsearch", wanted)
    return True
