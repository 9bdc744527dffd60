#!/usr/bin/env bash
# pocketbase.sh PB [N]: writes pocketbase.json and pocketbase.csv, the rows of the real PocketBase's table, whose
# users are made over its API. PB is its program, of: go install github.com/pocketbase/pocketbase/examples/base@v0.36.8
set -eu
pb=$(realpath "$1") many=${2:-0} data=$(mktemp -d) at=http://127.0.0.1:28090
"$pb" --dir "$data" superuser upsert root@example.com secret-root >"$data/log" 2>&1
"$pb" --dir "$data" serve --http 127.0.0.1:28090 >>"$data/log" 2>&1 & server=$!
trap 'kill $server; wait $server || true; rm -r "$data"' EXIT
until curl -sf "$at/api/health" >"$data/health"; do sleep 0.1; done
token=$(curl -sf "$at/api/collections/_superusers/auth-with-password" -d identity=root@example.com -d password=secret-root | python3 -c 'import json,sys; print(json.load(sys.stdin)["token"])')
call() { curl -sf -H "Authorization: $token" -H 'Content-Type: application/json' "$@"; }
call "$at/api/collections/users" | python3 -c 'import json,sys
c = json.load(sys.stdin)
for f in c["fields"]:
    if f["name"] == "password": f["cost"] = 4
print(json.dumps({"fields": c["fields"]}))' >"$data/fields" # a cheaper digest
call -X PATCH "$at/api/collections/users" -d @"$data/fields" >"$data/out"
add() { # email password verified
  call "$at/api/collections/users/records" -d "{\"email\":\"$1\",\"name\":\"Pocket\",\"password\":\"$2\",\"passwordConfirm\":\"$2\",\"verified\":$3}" >"$data/out"
}
if [ "$many" -gt 0 ]; then
  for n in $(seq 0 $((many - 1))); do add "user$n@example.com" "Tr0ub4dor&3 ü$((n % 20))" true; done
  sqlite3 -json "$data/data.db" 'SELECT * FROM users ORDER BY rowid' | gzip -n >../exports/pocketbase.json.gz
else
  add pocket1@example.com 'Tr0ub4dor&3 ü' true; add pocket2@example.com 'Tr0ub4dor&3 ü' false
  sqlite3 -json "$data/data.db" 'SELECT * FROM users' >pocketbase.json
  sqlite3 -csv -header "$data/data.db" 'SELECT * FROM users' >pocketbase.csv
fi
