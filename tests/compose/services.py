"""The services of the Compose file's base profile."""

OWN = (
    "triton-server",
    "victoria-consumer",
    "batch-inference-trigger",
    "limit-monitor",
    "analysis-worker",
    "operation-server",
    "frontend",
    "nginx",
    "flower",
)
"""Services whose images are the project's own, in the order in which an upgrade restarts them."""

ENGINES = ("kafka", "victoria-metrics", "rabbitmq", "postgres", "redis", "kafka-ui")
"""Services from official images."""

DAEMONS = (*ENGINES, *OWN)
"""All that runs until it is stopped."""

ONE_SHOT = ("volumes", "database-version", "topics", "migrate-ledger", "migrate-operations")
"""Services that prepare something and end."""

ON_REQUEST = ("batch-simulator", "elasticsearch")
"""Services under a profile: v1 lists them with the others, v2 does not."""
