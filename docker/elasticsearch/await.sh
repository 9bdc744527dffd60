#!/bin/sh
# await.sh URL PID LOG: waits until the node of a process answers and is green. A node that ended, or that took two
# minutes, is an error, and the end of its log is shown.
set -eu
tries=0
while [ "$tries" -lt 240 ]; do
  if curl -fs -o /dev/null "$1/_cluster/health?wait_for_status=green"; then exit 0; fi
  kill -0 "$2" 2>/dev/null || break
  sleep 0.5
  tries=$((tries + 1))
done
tail -n 40 "$3" >&2
exit 1
