"""A thousand people: user0 to user999. Twenty passwords go round, so that their digests, which do not
compress, are few. Everything is made from numbers, so that the files stay the same."""
import base64, gzip, hashlib, hmac, os, uuid

COUNT, TURN = 1000, 20


def password(n): return f"Tr0ub4dor&3 ü{n % TURN}"
def secret(n): return password(n).encode()
def login(n): return f"user{n}"
def email(n): return f"user{n}@example.com"
def full(n): return f'Zoë "{n}" O\'Neil, {chr(0x4E00 + n)}\\ <b>'
def ident(n): return str(uuid.UUID(int=0x6a1f0f0e00004000800000000000_0000 + n))
def salt(n, size=16): return hashlib.sha256(b"salt%d" % (n % TURN)).digest()[:size]
def b64(data): return base64.b64encode(data).decode()


def cached(make):
    """Each digest is made once for a turn."""
    known = {}

    def of(n):
        if n % TURN not in known:
            known[n % TURN] = make(n % TURN)
        return known[n % TURN]
    return of


@cached
def bcrypt_of(n, prefix=b"2b"):
    import bcrypt
    alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    text = "".join(alphabet[c % 64] for c in salt(n)) + "abcdeO"
    return bcrypt.hashpw(secret(n), b"$" + prefix + b"$04$" + text.encode()).decode()


@cached
def argon2_of(n):
    import argon2
    from argon2.low_level import Type, hash_secret
    return hash_secret(secret(n), salt(n), time_cost=1, memory_cost=64, parallelism=1, hash_len=32, type=Type.ID).decode()


def keep(name, text):
    """Writes a file, packed."""
    data = text if isinstance(text, bytes) else text.encode()
    folder = os.environ.get("OUT", os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(folder, name + ".gz"), "wb") as out:
        with gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
            packed.write(data)
