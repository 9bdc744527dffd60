"""Digests in the forms of systems that cannot be run here, from primitives of Python and of cryptography."""
import base64, hashlib, hmac, json
import bcrypt
from argon2.low_level import Type, hash_secret
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PW = "Tr0ub4dor&3 ü"
P = PW.encode()
SALT = bytes(range(0xE0, 0xF0))  # has + and / in base64


def row(hasher, writer, digest, password=PW):
    print(json.dumps({"hasher": hasher, "note": writer, "digest": digest, "password": password, "valid": True, "malformed": False}, ensure_ascii=False))


def b64(b): return base64.b64encode(b).decode()
def pb(h, salt, n, size): return hashlib.pbkdf2_hmac(h, P, salt, n, size)
def sc(salt, n, r, p, size): return hashlib.scrypt(P, salt=salt, n=n, r=r, p=p, dklen=size, maxmem=1 << 30)


B = bcrypt.hashpw(P, bcrypt.gensalt(4)).decode()
# Spring Security's DelegatingPasswordEncoder
row("spring", "Spring {bcrypt}", "{bcrypt}" + B.replace("$2b", "$2a"))
row("spring", "Spring {noop}", "{noop}" + PW)
row("spring", "Spring {pbkdf2@SpringSecurity_v5_8}", "{pbkdf2@SpringSecurity_v5_8}" + (SALT + pb("sha256", SALT, 310000, 32)).hex())
row("spring", "Spring {pbkdf2}", "{pbkdf2}" + (SALT[:8] + pb("sha1", SALT[:8], 185000, 32)).hex())
row("spring", "Spring {scrypt}", "{scrypt}$e0801$" + b64(SALT) + "$" + b64(sc(SALT, 16384, 8, 1, 32)))
row("spring_scrypt", "SCryptPasswordEncoder alone", "$e0801$" + b64(SALT) + "$" + b64(sc(SALT, 16384, 8, 1, 32)))
row("spring", "Spring {argon2}", "{argon2}" + hash_secret(P, SALT, 2, 512, 1, 32, Type.ID).decode())
salted = "{" + b64(SALT) + "}"
row("spring", "Spring {SHA-256}", "{SHA-256}" + salted + hashlib.sha256(P + salted.encode()).hexdigest())
row("spring", "Spring {SHA-1}, no salt", "{SHA-1}" + hashlib.sha1(P).hexdigest())
row("spring", "Spring {MD5}", "{MD5}" + salted + hashlib.md5(P + salted.encode()).hexdigest())
digest = SALT[:8] + P
for _ in range(1024):
    digest = hashlib.sha256(digest).digest()
row("spring", "Spring {sha256}", "{sha256}" + (SALT[:8] + digest).hex())

# directories
long = hashlib.sha512(b"salt").digest()
row("ldap", "389-ds and FreeIPA {PBKDF2_SHA256}", "{PBKDF2_SHA256}" + b64((2048).to_bytes(4, "big") + long + pb("sha256", long, 2048, 256)))
row("ldap", "Plone {BCRYPT}", "{BCRYPT}" + B)
row("ldap", "LDAP {SHA512} in hexadecimal", "{sha512}" + hashlib.sha512(P).hexdigest().upper())

# applications
row("prefixed", "Jenkins", "#jbcrypt:" + B.replace("$2b", "$2a"))
row("prefixed", "Nextcloud, argon2", "3|" + hash_secret(P, SALT, 2, 512, 1, 32, Type.ID).decode())
row("prefixed", "Nextcloud, bcrypt", "1|" + B)
digest = SALT + P
for _ in range(1024):
    digest = hashlib.sha512(digest).digest()
row("prefixed", "Shiro (Nexus, Gravitino)", "$shiro1$SHA-512$1024$" + b64(SALT) + "$" + b64(digest))
row("prefixed", "MediaWiki", ":pbkdf2:sha512:1000:64:" + b64(SALT) + ":" + b64(pb("sha512", SALT, 1000, 64)))
row("prefixed", "defuse.ca's password-hashing", "sha1:64000:18:" + b64(SALT) + ":" + b64(pb("sha1", SALT, 64000, 18)))

row("nodebb", "NodeBB", bcrypt.hashpw(hashlib.sha512(P).hexdigest().encode()[:72], bcrypt.gensalt(4)).decode())
for writer, text in (("Joomla 2.5", hashlib.md5(P + b"s4lt").hexdigest() + ":s4lt"), ("Magento 1", hashlib.md5(b"s4lt" + P).hexdigest() + ":s4lt"), ("Magento 2", hashlib.sha256(b"s4lt" + P).hexdigest() + ":s4lt:1"),
                     ("vBulletin", hashlib.md5(hashlib.md5(P).hexdigest().encode() + b"a#b").hexdigest() + ":a#b")):
    row("hash_colon_salt", writer, text)

# Supabase's form of Firebase's scrypt
key, sep = hashlib.sha512(b"key").digest(), b"\x07"
e = Cipher(algorithms.AES(sc(SALT + sep, 1 << 8, 8, 1, 32)), modes.CTR(bytes(16))).encryptor()
row("prefixed", "Supabase $fbscrypt$", f"$fbscrypt$v=1,n=8,r=8,p=1,ss={b64(sep)},sk={b64(key)}${b64(SALT)}${b64(e.update(key) + e.finalize())}")

# Ruby's scrypt gem, in hexadecimal throughout
row("scrypt_ruby", "Ruby's scrypt gem", f"400$8$1${SALT.hex()}${sc(SALT, 1024, 8, 1, 32).hex()}")
# Werkzeug before 3.0: HMAC keyed with the salt, the other hash functions
for name in ("sha224", "sha384", "sha512"):
    row("werkzeug_hmac", "Werkzeug before 3.0, " + name, f"{name}$q1w2e3r4${hmac.new(b'q1w2e3r4', P, name).hexdigest()}")
# a Keycloak hash put into the text that passlib would write, as others read it
row("passlib_pbkdf2", "Keycloak's base64 in passlib's form", f"$pbkdf2-sha256$2750${b64(SALT)}${b64(pb('sha256', SALT, 2750, 64))}")
row("keycloak", "Keycloak's bcrypt provider", json.dumps({"credentialData": json.dumps({"hashIterations": 10, "algorithm": "bcrypt"}), "secretData": json.dumps({"value": B, "salt": ""})}))
