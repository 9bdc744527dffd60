#!/usr/bin/env bash
# Writes ../writers.json and ../recipes.json anew; see README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-$(mktemp -d)}
cd "$work"
[ -d v ] || { python3 -m venv v; v/bin/pip -q install passlib django bcrypt argon2-cffi cryptography flask-security
  v/bin/pip -q install --target w2 werkzeug==2.2.3; v/bin/pip -q install --target w3 werkzeug==3.0.6; }
[ -d node_modules ] || npm i --no-audit --no-fund argon2 @phc/argon2 @phc/pbkdf2 bcryptjs better-auth mongoose passport-local-mongoose@8 >/dev/null
cp "$here/node.mjs" "$here/recipes.mjs" .
{
  v/bin/python "$here/python.py"
  PYTHONPATH=w2 v/bin/python "$here/hmac_and_scrypt.py" md5=django sha1=django sha256=werkzeug_hmac pbkdf2:sha256:1000=pbkdf2_werkzeug
  PYTHONPATH=w3 v/bin/python "$here/hmac_and_scrypt.py" scrypt:1024:8:1=scrypt_werkzeug pbkdf2:sha512:1000=pbkdf2_werkzeug
  node node.mjs
  bash "$here/debian.sh"
  v/bin/python "$here/forms.py"
} >all.ndjson
{ v/bin/python "$here/recipes.py"; node recipes.mjs; bash "$here/recipes.sh"; } >recipes.ndjson
python3 - "$here/.." <<'P'
import json, sys
for source, name in (("all", "writers"), ("recipes", "recipes")):
    rows = [json.loads(line) for line in open(source + ".ndjson")]
    with open(f"{sys.argv[1]}/{name}.json", "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n")
P
echo "$(cat all.ndjson recipes.ndjson | wc -l) digests"
