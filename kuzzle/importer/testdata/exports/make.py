#!/usr/bin/env python3
"""Writes the exports of systems that are no programs to run here, as their documentation and their users'
files show them. It needs PyPI's bcrypt, argon2-cffi and passlib. With $WORK it leaves rows for programs.py there."""
import csv, io, json, os
from people import *

EVERYBODY = range(COUNT)


def lines(rows): return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(rows, **how):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), **how)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


# Auth0
def auth0(n):
    return {"user_id": f"auth0|{n:024x}", "email": email(n), "email_verified": True, "name": full(n), "given_name": "Zoë", "family_name": "O'Neil", "nickname": "zoe",
            "picture": f"https://s.gravatar.com/avatar/{n}", "created_at": "2020-10-06T15:35:35.212Z", "updated_at": "2021-10-06T15:35:35.212Z",
            "identities": [{"user_id": f"{n:024x}", "provider": "auth0", "connection": "Username-Password-Authentication", "isSocial": False}],
            "app_metadata": {"plan": n % 3}, "user_metadata": {"color": "red"}, "last_login": "2021-10-06T15:35:35.212Z", "last_ip": "192.0.2.1", "logins_count": n}


keep("auth0-bulk.ndjson", lines(map(auth0, EVERYBODY)))
keep("auth0-labels.ndjson", lines(
    {"Id": u["user_id"], "Given Name": "Zoë", "Family Name": "O'Neil", "Nickname": "zoe", "Name": u["name"], "Email": u["email"], "Email Verified": True,
     "Picture": u["picture"], "Connection": "Username-Password-Authentication", "Created At": u["created_at"], "Updated At": u["updated_at"]} for u in map(auth0, EVERYBODY)))
keep("auth0-hashes.ndjson", lines(
    {"_id": {"$oid": f"{n:024x}"}, "email_verified": True, "email": email(n), "passwordHash": bcrypt_of(n), "password_set_date": {"$date": "2021-03-05T16:32:57.190Z"},
     "tenant": "dev", "connection": "Username-Password-Authentication", "_tmp_is_unique": True} for n in EVERYBODY))


def custom(n):
    """custom_password_hash in the ways that the schema of the bulk import has."""
    p, s, kind = secret(n), salt(n, 8).hex(), ("md5", "sha1", "sha256", "sha512")[n % TURN // 5]
    hashed = lambda data: getattr(hashlib, kind)(data)
    return [
        lambda: {"algorithm": kind, "hash": {"value": hashed(p).hexdigest(), "encoding": "hex"}},
        lambda: {"algorithm": kind, "hash": {"value": b64(hashed(p + s.encode()).digest()), "encoding": "base64"}, "salt": {"value": s, "encoding": "utf8", "position": "suffix"}},
        lambda: {"algorithm": "hmac", "hash": {"value": hmac.new(s.encode(), p, kind).hexdigest(), "encoding": "hex", "digest": kind, "key": {"value": s, "encoding": "utf8"}}},
        lambda: {"algorithm": "scrypt", "hash": {"value": hashlib.scrypt(p, salt=salt(n), n=16, r=8, p=1, dklen=32).hex(), "encoding": "hex"},
                 "salt": {"value": salt(n).hex(), "encoding": "hex"}, "keylen": 32, "cost": 16, "blockSize": 8, "parallelization": 1},
        lambda: {"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha512$i=1000,l=64$%s$%s" % (
            b64(salt(n)).rstrip("="), b64(hashlib.pbkdf2_hmac("sha512", p, salt(n), 1000, 64)).rstrip("=")), "encoding": "utf8"}},
    ][n % TURN % 5]()


keep("auth0-custom.json", json.dumps([
    {"user_id": f"{n:024x}", "email": email(n), "email_verified": True, "name": full(n), "custom_password_hash": custom(n)} for n in EVERYBODY], ensure_ascii=False))

# Clerk
keep("clerk.csv", table([
    {"id": f"user_{n:027d}", "first_name": "Zoë", "last_name": full(n), "username": login(n), "primary_email_address": email(n), "primary_phone_number": "",
     "verified_email_addresses": email(n), "unverified_email_addresses": "", "verified_phone_numbers": "", "unverified_phone_numbers": "", "totp_secret": "",
     "password_digest": bcrypt_of(n) if n % TURN % 2 else argon2_of(n), "password_hasher": "bcrypt" if n % TURN % 2 else "argon2id"} for n in EVERYBODY], lineterminator="\n"))
verified = {"status": "verified", "strategy": "email_code", "attempts": 1, "expire_at": 1700000600000}
keep("clerk-api.json", json.dumps([
    {"id": f"user_{n:027d}", "object": "user", "username": login(n), "first_name": "Zoë", "last_name": full(n), "image_url": "https://img.clerk.com/x", "has_image": False,
     "primary_email_address_id": f"idn_{n}", "primary_phone_number_id": None, "primary_web3_wallet_id": None, "password_enabled": True, "two_factor_enabled": False,
     "totp_enabled": False, "backup_code_enabled": False, "email_addresses": [{"id": f"idn_{n}", "object": "email_address", "email_address": email(n), "reserved": False,
                                                                             "verification": verified, "linked_to": []}],
     "phone_numbers": [], "web3_wallets": [], "passkeys": [], "external_accounts": [], "saml_accounts": [], "public_metadata": {"plan": n % 3}, "private_metadata": {},
     "unsafe_metadata": {}, "external_id": None, "last_sign_in_at": 1700000000000, "banned": False, "locked": False, "lockout_expires_in_seconds": None,
     "created_at": 1600000000000 + n, "updated_at": 1700000000000} for n in EVERYBODY]))

# Cognito: the console's file has the columns of get-csv-header.
keep("cognito.csv", table([
    {"name": full(n), "given_name": "", "family_name": "", "middle_name": "", "nickname": "", "preferred_username": "", "profile": "", "picture": "", "website": "",
     "email": email(n), "email_verified": "TRUE", "gender": "", "birthdate": "", "zoneinfo": "", "locale": "", "phone_number": "", "phone_number_verified": "FALSE",
     "address": "", "updated_at": "1600000000", "cognito:mfa_enabled": "FALSE", "cognito:username": login(n)} for n in EVERYBODY]))

# WordPress: wp user list writes with PHP's fputcsv, which keeps the header bare, and with json_encode.
# Passwords are phpass' before version 6.8 and bcrypt's afterwards.
def wordpress(n):
    from passlib.hash import phpass
    import bcrypt
    if n % 2:
        return phpass.using(rounds=7, salt="abcdefgh").hash(password(n))
    pre = base64.b64encode(hmac.new(b"wp-sha384", secret(n), "sha384").digest())
    return "$wp" + bcrypt.hashpw(pre, bcrypt_of(n)[:29].encode()).decode().replace("$2b$", "$2y$")


wordpress = cached(wordpress)
listed = [{"ID": n + 1, "user_login": login(n), "display_name": full(n), "user_email": email(n), "user_registered": "2019-02-03 04:05:06", "roles": "subscriber"} for n in EVERYBODY]
keep("wordpress-list.csv", table(listed, lineterminator="\n"))
keep("wordpress-list.json", json.dumps([{**row, "user_pass": wordpress(n)} for n, row in enumerate(listed)], separators=(",", ":")))
if "WORK" in os.environ:  # for MariaDB, see programs.py
    with open(os.environ["WORK"] + "/wp.json", "w") as out:
        json.dump([{"ID": n + 1, "user_login": login(n), "user_pass": wordpress(n), "user_nicename": login(n), "user_email": email(n), "user_url": "",
                    "user_registered": "2019-02-03 04:05:06", "user_activation_key": "", "user_status": 0, "display_name": full(n)} for n in EVERYBODY], out)
