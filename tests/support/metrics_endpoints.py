"""Where each of the platform's own services tells its metrics: the path is ``/metrics`` everywhere."""

IN_COMPOSE = {
    "triton-server": 8002,
    "victoria-consumer": 9100,
    "batch-inference-trigger": 9100,
    "analysis-worker": 9100,
    "limit-monitor": 9100,
    "operation-server": 8000,
    "frontend": 8080,
    "nginx": 8080,
    "flower": 5555,
}
"""Service of the Compose file, and the port inside its network."""

NATIVELY = {
    "triton": "triton-metrics",
    "victoria-consumer": "victoria-consumer",
    "batch-inference-trigger": "batch-inference-trigger",
    "analysis-worker": "analysis-worker",
    "limit-monitor": "limit-monitor",
    "operation-server": "operation-server",
    "operation-server-2": "operation-server-2",
    "flower": "flower",
    "nginx": "nginx",
}
"""Process of a native stack, and the name of its port in the port plan."""

OF_ITS_OWN = {
    "triton": "nv_inference_request_success",
    "triton-server": "nv_inference_request_success",
    "victoria-consumer": "passwatch_consumer_",
    "batch-inference-trigger": "passwatch_trigger_",
    "analysis-worker": "passwatch_worker_",
    "limit-monitor": "passwatch_limit_monitor_",
    "operation-server": "passwatch_operation_server_",
    "operation-server-2": "passwatch_operation_server_",
    "frontend": "nginx_connections",
    "nginx": "nginx_connections",
    "flower": "python_info",
}
"""The beginning of a metric that only this service has; Flower has its own once a worker has told it something."""
