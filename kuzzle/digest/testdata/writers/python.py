"""Digests by passlib, Django, bcrypt and argon2-cffi."""
import json
from argon2.low_level import Type, hash_secret
import bcrypt
from passlib import hash as ph
from django.conf import settings

PW = "Tr0ub4dor&3 ü"
P = PW.encode()


def row(hasher, writer, digest, password=PW):
    print(json.dumps({"hasher": hasher, "note": writer, "digest": digest, "password": password, "valid": True, "malformed": False}, ensure_ascii=False))


for kind, name in ((Type.ID, "argon2id"), (Type.I, "argon2i"), (Type.D, "argon2")):
    row(name, "argon2-cffi", hash_secret(P, b"0123456789abcdef", 2, 512, 2, 32, kind, 19).decode())
    row("argon2", "argon2-cffi, version 1.0", hash_secret(P, b"0123456789abcdef", 2, 512, 1, 32, kind, 16).decode())
old = hash_secret(P, b"0123456789abcdef", 3, 256, 1, 32, Type.I, 16).decode()
row("argon2", "argon2-cffi, version 1.0 as it was written before versions", old.replace("$v=16", ""))
new = hash_secret(P, b"0123456789abcdef", 2, 256, 1, 32, Type.ID, 19).decode()
row("argon2", "argon2-cffi, version 1.3 without the version", new.replace("$v=19", ""))
row("argon2", "argon2-cffi with padding", new + "=")

row("bcrypt", "bcrypt", bcrypt.hashpw(P, bcrypt.gensalt(4)).decode())
row("argon2id", "passlib", ph.argon2.using(rounds=2, memory_cost=256).hash(PW))
for name in ("pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512"):
    row("passlib_pbkdf2", "passlib " + name, getattr(ph, name).using(rounds=1000).hash(PW))
for name in ("ldap_pbkdf2_sha1", "ldap_pbkdf2_sha256", "ldap_pbkdf2_sha512"):
    row("ldap" if name.endswith("sha1") else name, "passlib " + name, getattr(ph, name).using(rounds=1000).hash(PW))
row("ldap", "passlib atlassian_pbkdf2_sha1", ph.atlassian_pbkdf2_sha1.hash(PW))
row("scrypt_phc", "passlib scrypt", ph.scrypt.using(rounds=8).hash(PW))
for name, hasher in (("ldap_salted_sha1", "ldap_ssha"), ("ldap_salted_sha256", "ldap_ssha256"), ("ldap_salted_sha512", "ldap_ssha512"), ("ldap_salted_md5", "ldap_smd5"), ("ldap_sha1", "ldap_sha"), ("ldap_md5", "ldap_md5"),
                     ("md5_crypt", "md5_crypt"), ("apr_md5_crypt", "apr_md5_crypt"), ("sha256_crypt", "sha256_crypt"), ("sha512_crypt", "sha512_crypt"), ("phpass", "phpass")):
    h = getattr(ph, name)
    row(hasher, "passlib " + name, (h.using(rounds=1000) if name.endswith("256_crypt") or name.endswith("512_crypt") else h).hash(PW))

settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers." + n for n in (
    "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptSHA256PasswordHasher", "BCryptPasswordHasher", "ScryptPasswordHasher", "MD5PasswordHasher")])
from django.contrib.auth import hashers

hashers.PBKDF2PasswordHasher.iterations = hashers.PBKDF2SHA1PasswordHasher.iterations = 1000
hashers.BCryptSHA256PasswordHasher.rounds = hashers.BCryptPasswordHasher.rounds = 4
for name, hasher in (("pbkdf2_sha256", "pbkdf2_sha256_django"), ("pbkdf2_sha1", "django"), ("argon2", "django"), ("bcrypt_sha256", "bcrypt_sha256_django"), ("bcrypt", "django"), ("scrypt", "django"), ("md5", "django")):
    salt = None if name.startswith(("bcrypt", "argon2")) else "Zm9v-not.base64"
    row(hasher, "Django " + name, hashers.make_password(PW, salt=salt, hasher=name))
