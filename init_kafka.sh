#!/usr/bin/env bash
# Prepares Compose: writes .env with secrets of this machine's own if it is missing, starts Kafka if it is not running,
# and creates the topics that are missing. May be run again at any time; what is there stays as it is. What would keep
# the platform from starting (a port that is taken, too little memory, a volume of another version) is said first.
#
#   bash init_kafka.sh
#   bash init_kafka.sh --only-env                  # complete .env and do nothing else; needs no engine
#   bash init_kafka.sh --rotate-secrets            # new secrets, in .env and in the volumes; restarts what uses them
#   COMPOSE="docker compose" bash init_kafka.sh    # to name the Compose command
set -euo pipefail
cd "$(dirname "$0")"

SECRETS=(POSTGRES_PASSWORD RABBITMQ_PASSWORD RABBITMQ_COOKIE REDIS_PASSWORD FLOWER_PASSWORD ELASTICSEARCH_PASSWORD VICTORIA_PASSWORD TRITON_KEY)
NEED_MB=${MEMORY_MB:-3000}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'init_kafka: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf '  %s\n' "${@:2}" >&2; fi
    exit 1
}

# --- .env -------------------------------------------------------------------------------------------------------------

secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
cluster_id() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64 | tr '+/' '-_' | cut -c1-22; }

# As Compose reads it: the environment before .env.
setting() {
    local name=$1
    if [ -n "${!name:-}" ]; then say "${!name}"; else sed -n "s/^$name=//p" .env | tail -n 1; fi
}

# Puts values in place of the lines of the same names, or adds them; .env is whole at every moment.
write_settings() {
    local line
    (umask 077 && cat .env >.env.new)
    for line in "$@"; do
        grep -v "^${line%%=*}=" .env.new >.env.rest || true
        { cat .env.rest && printf '%s\n' "$line"; } >.env.new
    done
    rm -f .env.rest
    mv .env.new .env
}

# Completes .env, and names in `created` what was missing or empty.
complete_env() {
    local name lines=()
    created=()
    if [ ! -e .env ]; then (umask 077 && printf '# Secrets of this installation, made by init_kafka.sh. Keep it to yourself.\n' >.env); fi
    chmod go= .env
    for name in KAFKA_CLUSTER_ID "${SECRETS[@]}"; do
        if grep -Eq "^$name=.+" .env; then continue; fi
        if [ "$name" = KAFKA_CLUSTER_ID ]; then lines+=("$name=$(kept_cluster_id)"); else lines+=("$name=$(secret)"); fi
        created+=("$name")
    done
    if ! grep -Eq '^COMPOSE_PROJECT_NAME=.+' .env; then lines+=(COMPOSE_PROJECT_NAME=passwatch); fi
    if [ ${#lines[@]} -gt 0 ]; then write_settings "${lines[@]}"; fi
    if [ ${#created[@]} -gt 0 ]; then say "wrote to .env: ${created[*]}"; else say ".env is complete"; fi
}

# Kafka refuses a volume that was formatted with another id.
kept_cluster_id() {
    local kept=""
    if [ "$only_env" = no ] && volume_exists kafka_data; then
        kept=$(docker run --rm --volume "$(project)_kafka_data:/kafka:ro" --entrypoint cat "$(image_of kafka)" /kafka/meta.properties 2>/dev/null |
            sed -n 's/^cluster\.id=//p')
    fi
    if [ -n "$kept" ]; then say "$kept"; else cluster_id; fi
}

# --- the engine -------------------------------------------------------------------------------------------------------

compose_command() {
    if [ -n "${COMPOSE:-}" ]; then say "$COMPOSE"
    elif docker compose version >/dev/null 2>&1; then say "docker compose"
    elif command -v docker-compose >/dev/null 2>&1; then say "docker-compose"
    else fail "neither 'docker compose' nor 'docker-compose' is installed"
    fi
}

project() { local name; name=$(setting COMPOSE_PROJECT_NAME); say "${name:-passwatch}"; }
volume_exists() { docker volume inspect "$(project)_$1" >/dev/null 2>&1; }
own_containers() { docker ps --filter "label=com.docker.compose.project=$(project)" --format "$1"; }
image_of() { sed -n "/^  $1:\$/,/^  [a-z-]*:\$/s/^    image: //p" docker-compose.yml | head -n 1; }

# --- what would keep the platform from starting -----------------------------------------------------------------------

# "variable default" of each port that is published without a profile.
published_ports() {
    local kind first second optional="" ports=()
    while read -r kind first second; do
        case $kind in
            port) ports+=("$first $second") ;;
            profile) optional=yes ;;
            service)
                if [ -z "$optional" ] && [ ${#ports[@]} -gt 0 ]; then printf '%s\n' "${ports[@]}"; fi
                optional="" ports=()
                ;;
        esac
    done < <(sed -nE 's/^  ([a-z][a-z-]*):$/service \1/p; s/^    profiles:.*/profile/p; s/.*"127\.0\.0\.1:\$\{([A-Z_]+):-([0-9]+)\}:.*/port \1 \2/p' docker-compose.yml; say service end)
}

holder() {
    local name
    name=$(docker ps --filter "publish=$1" --format '{{.Names}}' | head -n 1)
    if [ -n "$name" ]; then say "the container $name"; return; fi
    if command -v ss >/dev/null 2>&1; then
        name=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*users:\(\("([^"]+)",pid=([0-9]+).*/\1 (process \2)/p' | head -n 1)
    elif command -v lsof >/dev/null 2>&1; then
        name=$(lsof -nP -iTCP:"$1" -sTCP:LISTEN 2>/dev/null | awk 'NR == 2 { print $1 " (process " $2 ")" }')
    fi
    say "${name:-another program}"
}

check_ports() {
    local name default port ours taken=()
    ours=$(own_containers '{{.Ports}}')
    while read -r name default; do
        port=$(setting "$name")
        port=${port:-$default}
        if grep -q ":$port->" <<<"$ours"; then continue; fi
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            taken+=("port $port is taken by $(holder "$port"): stop that, or set $name to another port in .env")
        fi
    done < <(published_ports)
    if [ ${#taken[@]} -gt 0 ]; then fail "some of the platform's ports on 127.0.0.1 are taken" "${taken[@]}"; fi
}

check_memory() {
    local total here="" have
    if [ -n "$(own_containers '{{.ID}}')" ]; then return; fi
    total=$(($(docker info --format '{{.MemTotal}}') / 1048576))
    have=$total
    if [ -r /proc/meminfo ]; then here=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 1024)); fi
    # The engine is on this machine, and not in a virtual one with memory of its own.
    if [ "$here" = "$total" ]; then have=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 1024)); fi
    if [ "$have" -ge "$NEED_MB" ]; then return; fi
    fail "$have MB of memory are free for containers, of $total MB; the platform needs $NEED_MB MB" \
        "Stop other programs, or give Docker more memory (Docker Desktop: Settings, Resources)." \
        "To start all the same: MEMORY_MB=$have bash init_kafka.sh"
}

check_volumes() {
    if ! volume_exists postgres_data; then return; fi
    $compose run --rm --no-deps database-version || fail "the volume $(project)_postgres_data cannot be used by this release; see above"
}

# --- secrets that volumes hold too ------------------------------------------------------------------------------------

start_healthy() {
    local service=$1 id deadline=$((SECONDS + 240))
    $compose up -d --no-recreate "$service"
    id=$($compose ps -q "$service")
    until [ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ]; do
        if [ $SECONDS -gt $deadline ]; then fail "$service is not healthy; see: $compose logs $service"; fi
        sleep 1
    done
}

# PostgreSQL and RabbitMQ keep their password in their volume, where only their own administrator can change it; from
# inside the container that takes no password. Standard input and a file of the container's own memory show in no list of
# processes. (RabbitMQ's change_password reads a password from a terminal only: since version 4 it waits for ever on a pipe.)
set_postgres_password() {
    start_healthy postgres
    printf "ALTER ROLE passwatch PASSWORD '%s';\n" "$1" |
        $compose exec -T postgres psql --quiet --username passwatch --dbname passwatch --set ON_ERROR_STOP=1
}
set_rabbitmq_password() {
    start_healthy rabbitmq
    # shellcheck disable=SC2016 # for the container's shell
    printf '{"users": [{"name": "passwatch", "password": "%s", "tags": ["administrator"]}]}\n' "$1" |
        $compose exec -T rabbitmq sh -ec '
            umask 077
            file=$(mktemp /tmp/users.XXXXXX)
            trap "rm -f $file" EXIT
            cat >"$file"
            rabbitmqctl --quiet import_definitions "$file"'
}
forget_rabbitmq_cookie() {
    $compose stop rabbitmq
    $compose run --rm --no-deps --entrypoint rm rabbitmq -f /var/lib/rabbitmq/.erlang.cookie
}

# A secret that was missing in .env, while the volume it opens is there: the volume is given the new one.
fit_volumes() {
    if [[ " ${created[*]} " = *" RABBITMQ_COOKIE "* ]] && volume_exists rabbitmq_data; then forget_rabbitmq_cookie; fi
    if [[ " ${created[*]} " = *" POSTGRES_PASSWORD "* ]] && volume_exists postgres_data; then
        set_postgres_password "$(setting POSTGRES_PASSWORD)"
    fi
    if [[ " ${created[*]} " = *" RABBITMQ_PASSWORD "* ]] && volume_exists rabbitmq_data; then
        set_rabbitmq_password "$(setting RABBITMQ_PASSWORD)"
    fi
}

# The volumes first: interrupted at any point, it is simply run again.
rotate_secrets() {
    local name lines=() running
    running=$(own_containers '{{.ID}}')
    for name in "${SECRETS[@]}"; do lines+=("$name=$(secret)"); done
    postgres=${lines[0]#*=} rabbitmq=${lines[1]#*=}
    say "giving PostgreSQL and RabbitMQ their new passwords"
    set_postgres_password "$postgres"
    set_rabbitmq_password "$rabbitmq"
    forget_rabbitmq_cookie
    write_settings "${lines[@]}"
    say "wrote to .env: ${SECRETS[*]}"
    if [ -n "$running" ]; then
        say "restarting what uses them"
        $compose up -d
    else
        $compose stop
    fi
}

# --- main -------------------------------------------------------------------------------------------------------------

only_env=no rotate=no
case "${1:-}" in
    "") ;;
    --only-env) only_env=yes ;;
    --rotate-secrets) rotate=yes ;;
    *) fail "no such option: $1" "bash init_kafka.sh [--only-env | --rotate-secrets]" ;;
esac
if [ $only_env = yes ]; then complete_env; exit; fi

command -v docker >/dev/null 2>&1 || fail "Docker is not installed; the way without containers is: make demo"
docker info >/dev/null 2>&1 || fail "Docker's engine does not answer; is it running, and may you use it? (docker info)"
compose=$(compose_command)
complete_env
check_ports
check_memory
check_volumes
fit_volumes
if [ $rotate = yes ]; then rotate_secrets; exit; fi

say "starting Kafka and creating the topics that are missing ($compose)"
$compose build topics
$compose up -d kafka
$compose run --rm topics
say "done; next: $compose up -d"
