#!/usr/bin/env bash
# Prepares Compose: writes .env with secrets of this machine's own if it is missing, starts Kafka if it is not running,
# and creates the topics that are missing. May be run again at any time; it changes nothing that is there.
#
#   bash init_kafka.sh
#   COMPOSE="docker compose" bash init_kafka.sh    # to name the Compose command
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }
fail() { printf 'init_kafka: %s\n' "$*" >&2; exit 1; }

secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
cluster_id() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64 | tr '+/' '-_' | cut -c1-22; }

complete_env() {
    local created=() name value
    if [ ! -e .env ]; then (umask 077 && printf '# Secrets of this installation, made by init_kafka.sh. Keep it to yourself.\n' >.env); fi
    for name in KAFKA_CLUSTER_ID POSTGRES_PASSWORD RABBITMQ_PASSWORD RABBITMQ_COOKIE REDIS_PASSWORD FLOWER_PASSWORD ELASTICSEARCH_PASSWORD; do
        if ! grep -Eq "^$name=.+" .env; then
            grep -q "^$name=" .env && fail ".env has an empty $name; remove that line, and the next run makes a value"
            if [ "$name" = KAFKA_CLUSTER_ID ]; then value=$(cluster_id); else value=$(secret); fi
            printf '%s=%s\n' "$name" "$value" >>.env
            created+=("$name")
        fi
    done
    grep -q '^COMPOSE_PROJECT_NAME=' .env || printf 'COMPOSE_PROJECT_NAME=passwatch\n' >>.env
    if [ ${#created[@]} -gt 0 ]; then say "wrote to .env: ${created[*]}"; else say ".env is complete"; fi
}

compose_command() {
    if [ -n "${COMPOSE:-}" ]; then say "$COMPOSE"
    elif docker compose version >/dev/null 2>&1; then say "docker compose"
    elif command -v docker-compose >/dev/null 2>&1; then say "docker-compose"
    else fail "neither 'docker compose' nor 'docker-compose' is installed"
    fi
}

command -v docker >/dev/null 2>&1 || fail "Docker is not installed; the way without containers is: make demo"
docker info >/dev/null 2>&1 || fail "Docker's engine does not answer; is it running, and may you use it? (docker info)"
complete_env
compose=$(compose_command)
say "starting Kafka and creating the topics that are missing ($compose)"
$compose build topics
$compose up -d kafka
$compose run --rm topics
say "done; next: $compose up -d"
