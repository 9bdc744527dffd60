"""Digests that need a recipe, from the standard library, passlib, bcrypt, argon2-cffi and Flask-Security itself."""
import base64, hashlib, hmac, json
import bcrypt
from argon2.low_level import Type, hash_secret, hash_secret_raw

PW = "Tr0ub4dor&3 ü"
P = PW.encode()
PEPPER = "146585145368132386173505678016728509634"  # Flask-Security's documented example
SALT = bytes(range(0xE0, 0xF0))  # has + and / in base64


def row(recipe, writer, digest, password=PW, **values):
    print(json.dumps({"recipe": recipe, "note": writer, "values": values, "digest": digest, "password": password}, ensure_ascii=False))


def b64(b): return base64.b64encode(b).decode()
def bc(p, letter="b"): return bcrypt.hashpw(p[:72], bcrypt.gensalt(4)).decode().replace("$2b", "$2" + letter)
def md5(p): return hashlib.md5(p).hexdigest()


# Flask-Security's own code
from flask import Flask
from flask_security import Security, hash_password
for scheme in ("bcrypt", "argon2", "pbkdf2_sha512", "sha512_crypt"):
    app = Flask("x")
    options = {"bcrypt__rounds": 4, "argon2__memory_cost": 512, "argon2__rounds": 2, "pbkdf2_sha512__rounds": 1000, "sha512_crypt__rounds": 1000}
    app.config.update(SECRET_KEY="x" * 32, SECURITY_PASSWORD_SALT=PEPPER, SECURITY_PASSWORD_HASH=scheme, SECURITY_PASSWORD_SCHEMES=[scheme],
                      SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={k: v for k, v in options.items() if k.startswith(scheme + "__")}, SECURITY_DEPRECATED_PASSWORD_SCHEMES=[])

    class Store:  # hashing needs none of it
        user_model = type("User", (), dict.fromkeys(("fs_uniquifier", "email", "active", "password", "roles")))
        role_model = type("Role", (), {})
        def __getattr__(self, name): return lambda *a, **k: None
    Security(app, Store(), register_blueprint=False)
    with app.app_context():
        row("flask-security", "Flask-Security, " + scheme, hash_password(PW), pepper=PEPPER)
row("bcrypt(base64(hmac_sha512(pepper, password)))", "Flask-Security's bcrypt in full", bc(base64.b64encode(hmac.new(PEPPER.encode(), P, "sha512").digest())), pepper=PEPPER)

# presets
row("nodebb", "NodeBB", bc(hashlib.sha512(P).hexdigest().encode()))
row("meteor", "Meteor, bcrypt", bc(hashlib.sha256(P).hexdigest().encode()))
row("meteor", "Meteor, argon2", hash_secret(hashlib.sha256(P).hexdigest().encode(), SALT, 2, 512, 1, 32, Type.ID).decode())
row("devise-pepper", "Devise", bc(P + b"a pepper"), pepper="a pepper")
row("asp.net-membership", "ASP.NET membership, SHA-1", b64(hashlib.sha1(SALT + PW.encode("utf-16-le")).digest()), salt=b64(SALT))
row("asp.net-membership-sha256", "ASP.NET membership, SHA-256", b64(hashlib.sha256(SALT + PW.encode("utf-16-le")).digest()), salt=b64(SALT))
row("asp.net-membership-hmac", "ASP.NET membership, HMAC-SHA-256", b64(hmac.new(SALT * 4, PW.encode("utf-16-le"), "sha256").digest()), salt=b64(SALT))
row("vbulletin", "vBulletin 3 and 4", md5(md5(P).encode() + b"a#'"), salt="a#'")
row("vbulletin5", "vBulletin 5", bc(md5(P).encode(), "y"))
row("joomla-salt", "Joomla, the salt in a column", md5(P + b"s4lt"), salt="s4lt")
row("discourse", "Discourse", hashlib.pbkdf2_hmac("sha256", P, SALT.hex().encode(), 1000, 32).hex(), salt=SALT.hex(), password_algorithm="$pbkdf2-sha256$i=1000,l=32$")
row("discourse-64000", "Discourse, older", hashlib.pbkdf2_hmac("sha256", P, SALT.hex().encode(), 64000, 32).hex(), salt=SALT.hex())
salt = SALT.hex()
row("authlogic-scrypt", "authlogic, scrypt", f"400$8$1${salt}${hashlib.scrypt(P + b'abc', salt=SALT, n=1024, r=8, p=1, dklen=32).hex()}", salt="abc")
digest = PW + "abc"
for _ in range(20):
    digest = hashlib.sha512(digest.encode()).hexdigest()
row("authlogic-sha512", "authlogic, SHA-512", digest, salt="abc")
row("passport-local-mongoose", "passport-local-mongoose as hashlib has it", hashlib.pbkdf2_hmac("sha256", P, salt.encode(), 25000, 512).hex(), salt=salt)

# functions
row("md5(concat(username, ':', realm, ':', password))", "HTTP digest's HA1", md5(b"ada:site:" + P), username="ada", realm="site")
row("sha1(concat(lower(username), password))", "SMF", hashlib.sha1("ädä".encode() + P).hexdigest().upper(), username="ÄDÄ")
row("base64(concat(sha1(concat(password, salt)), salt))", "SSHA without its mark", b64(hashlib.sha1(P + b"saltsalt").digest() + b"saltsalt"), salt="saltsalt")
row("upper(hex(sha256(concat(unhex(salt), password))))", "upper case", hashlib.sha256(SALT + P).hexdigest().upper(), salt=SALT.hex())
row("sha256(sha256(concat(salt, password)))", "raw bytes inside", hashlib.sha256(hashlib.sha256(b"s" + P).digest()).hexdigest(), salt="s")
row("md5(lower(password))", "a password of any case", md5(PW.lower().encode()))
row("hex(hmac_sha384(unbase64(pepper), password))", "a pepper in base64", hmac.new(SALT, P, "sha384").hexdigest(), pepper=b64(SALT))
row("hmac_md5(password, salt)", "keyed with the password", hmac.new(P, b"s", "md5").hexdigest(), salt="s")
row("scrypt(password, unhex(salt), 1024, 8, 1, 64)", "scrypt with a salt elsewhere", hashlib.scrypt(P, salt=SALT, n=1024, r=8, p=1, dklen=64).hex(), salt=SALT.hex())
row("base64(argon2id(hex(sha1(password)), unhex(salt), 512, 2, 1, 32))", "argon2id with a salt elsewhere", b64(hash_secret_raw(hashlib.sha1(P).hexdigest().encode(), SALT, 2, 512, 1, 32, Type.ID)), salt=SALT.hex())
row("pbkdf2_sha1(pbkdf2_sha512(password, salt, 500, 64), 'fixed', rounds, 20)", "two slow functions, and iterations in a column",
    hashlib.pbkdf2_hmac("sha1", hashlib.pbkdf2_hmac("sha512", P, b"s4lt", 500, 64), b"fixed", 300, 20).hex(), salt="s4lt", rounds="300")
row("bcrypt(hex(pbkdf2_sha256(password, pepper, 1000, 32)))", "bcrypt around PBKDF2", bc(hashlib.pbkdf2_hmac("sha256", P, b"pep", 1000, 32).hex().encode()), pepper="pep")
row("argon2(concat(password, pepper))", "a pepper after the password", hash_secret(P + b"pep", SALT, 2, 512, 1, 32, Type.I).decode(), pepper="pep")
row("pbkdf2_sha256(hex(sha512(password)))", "passlib's PBKDF2 of a hash", "$pbkdf2-sha256$1000$" + b64(SALT).rstrip("=").replace("+", ".") + "$" + b64(hashlib.pbkdf2_hmac("sha256", hashlib.sha512(P).hexdigest().encode(), SALT, 1000, 32)).rstrip("=").replace("+", "."))
