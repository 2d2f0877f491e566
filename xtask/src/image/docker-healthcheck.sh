#!/bin/sh
# Says whether the server is ready: exit code 0 if so, 1 if not.
#
# The port of the health check is the argument, else WSO2_HEALTH_PORT, else 9201.
port=${1:-${WSO2_HEALTH_PORT:-9201}}
case $port in
*[!0-9]*)
    echo "docker-healthcheck.sh: $port is no port" >&2
    exit 1
    ;;
esac
url=http://127.0.0.1:$port/healthz
# No proxy knows the container from inside.
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY

has() {
    command -v "$1" >/dev/null 2>&1
}

if has curl; then
    curl -fsS -m 8 -o /dev/null "$url" || exit 1
elif has wget; then
    # Without -T, which some builds of BusyBox crash on: whoever runs this script ends it when it takes too long.
    wget -q -O /dev/null "$url" || exit 1
elif has bash; then
    # The address is no file: bash makes a connection of it.
    bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3
        read -r -t 8 version status rest <&3
        test "$status" = 200
    ' bash "$port" || exit 1
else
    echo "docker-healthcheck.sh: there is no curl, no wget and no bash in this image to ask $url with" >&2
    exit 1
fi
