"""Digests by the Werkzeug that the path leads to: python3 hmac_and_scrypt.py METHOD=HASHER..."""
import json, sys
from importlib.metadata import version
from werkzeug.security import generate_password_hash

PW = "Tr0ub4dor&3 ü"
for one in sys.argv[1:]:
    method, hasher = one.split("=")
    print(json.dumps({"hasher": hasher, "note": f"Werkzeug {version('werkzeug')} {method}", "digest": generate_password_hash(PW, method), "password": PW, "valid": True, "malformed": False}, ensure_ascii=False))
