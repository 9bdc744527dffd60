#!/usr/bin/env bash
# Writes ../writers.json anew; see README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-$(mktemp -d)}
cd "$work"
[ -d v ] || { python3 -m venv v; v/bin/pip -q install passlib django bcrypt argon2-cffi cryptography
  v/bin/pip -q install --target w2 werkzeug==2.2.3; v/bin/pip -q install --target w3 werkzeug==3.0.6; }
[ -d node_modules ] || npm i --no-audit --no-fund argon2 @phc/argon2 @phc/pbkdf2 bcryptjs better-auth >/dev/null
cp "$here/node.mjs" node.mjs
{
  v/bin/python "$here/python.py"
  PYTHONPATH=w2 v/bin/python "$here/hmac_and_scrypt.py" md5=django sha1=django sha256=werkzeug_hmac pbkdf2:sha256:1000=pbkdf2_werkzeug
  PYTHONPATH=w3 v/bin/python "$here/hmac_and_scrypt.py" scrypt:1024:8:1=scrypt_werkzeug pbkdf2:sha512:1000=pbkdf2_werkzeug
  node node.mjs
  bash "$here/debian.sh"
  v/bin/python "$here/forms.py"
} >all.ndjson
python3 - "$here/../writers.json" <<'P'
import json, sys
rows = [json.loads(line) for line in open("all.ndjson")]
with open(sys.argv[1], "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n")
P
echo "$(wc -l <all.ndjson) digests"
