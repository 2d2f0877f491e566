#!/bin/sh
# Starts the server in a container. Arguments go to the server.
#
# What lies in the folder wso2-config-volume is laid over the server's folder first: mount files there that differ from
# one environment to the next, such as conf/deployment.toml. The images of the product do the same.
set -e

home=${WSO2_SERVER_HOME:-/home/wso2carbon/wso2mi-4.0.0}
volume=${WORKING_DIRECTORY:-/home/wso2carbon}/wso2-config-volume

if ! test -f "$home/bin/micro-integrator.sh"; then
    echo "docker-entrypoint.sh: there is no server in $home" >&2
    exit 1
fi

if test -d "$volume"; then
    # Not what begins with two points: so Kubernetes keeps the versions of a volume behind its links.
    for entry in "$volume"/* "$volume"/.[!.]*; do
        if test -e "$entry"; then
            cp -RL "$entry" "$home/"
        fi
    done
fi

exec sh "$home/bin/micro-integrator.sh" "$@"
