#!/bin/sh
# start.sh HOME PORT [key=value…]: one node in the foreground, in the home that setup.sh made. A cluster of its own
# unless discovery settings are given. ES_HEAP is its memory, by default 512m. How full the disk is changes nothing.
# ES_JAVA_OPTS replaces the collector: a node that lives for minutes takes half the processor time with
# -XX:TieredStopAtLevel=1, since Java then does not optimize code that soon ends.
set -eu
home=$(cd "$1" && pwd)
port=$2
shift 2
case "$*" in *discovery.*) ;; *) set -- discovery.type=single-node "$@" ;; esac
exec java "-Xms${ES_HEAP:-512m}" "-Xmx${ES_HEAP:-512m}" ${ES_JAVA_OPTS:--XX:+UseG1GC} -Des.path.home="$home" -cp "$home/lib/*:$home/launcher" Launch \
  node.name=n1 http.port="$port" http.host=127.0.0.1 transport.host=127.0.0.1 cluster.max_shards_per_node=5000 \
  cluster.routing.allocation.disk.threshold_enabled=false indices.merge.disk.check_interval=0s "$@"
