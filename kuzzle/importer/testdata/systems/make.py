#!/usr/bin/env python3
"""Writes the files of systems whose programs are in no registry, in the forms of their APIs, with digests of PyPI's bcrypt and
argon2-cffi and of Python's own scrypt, PBKDF2 and hashes. Run it in its folder: make.py [N]."""
import base64, csv, functools, gzip, hashlib, io, json, sys
import argon2, bcrypt

MANY = int(sys.argv[1]) if len(sys.argv) > 1 else 0
TURN = 20  # of many users, twenty passwords go round: their digests do not compress
P = "Tr0ub4dor&3 ü".encode()


def secret(n): return P + (b"%d" % (n % TURN) if MANY else b"")
def who(name, n): return f"{'user' if MANY else name}{n}"


def b64(b): return base64.b64encode(b).decode()


@functools.cache
def blowfish(turn=0): return bcrypt.hashpw(secret(turn), bcrypt.gensalt(4 if MANY else 6)).decode()


@functools.cache
def argon(turn=0): return TEN.hash(secret(turn))


def write(name, text):
    if MANY:
        with open(f"../exports/{name}.gz", "wb") as out:
            out.write(gzip.compress(text.encode(), mtime=0))
    else:
        open(name, "w", newline="").write(text)


def table(name, rows, end="\n"):
    out = io.StringIO()
    w = csv.DictWriter(out, rows[0], lineterminator=end)
    w.writeheader()
    w.writerows(rows)
    write(name, out.getvalue())


# Appwrite: GET /v1/users with an API key.
TEN = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if MANY else argon2.PasswordHasher(time_cost=4, memory_cost=2048, parallelism=3)
ARGON = {"type": "argon2", "memoryCost": 2048, "timeCost": 4, "threads": 3}


def appwrite(n, digest, kind="argon2", options=ARGON, **more):
    return {"$id": f"65a{n:017d}", "$createdAt": "2024-01-02T03:04:05.000+00:00", "$updatedAt": "2024-01-02T03:04:05.000+00:00", "name": f"Appy {n}",
            "password": digest, "hash": kind, "hashOptions": options, "registration": "2024-01-02T03:04:05.000+00:00", "status": True, "labels": ["vip"] if n == 1 and not MANY else [],
            "passwordUpdate": "2024-01-02T03:04:05.000+00:00", "email": f"{who('appy', n)}@example.com", "phone": "", "emailVerification": MANY > 0 or n != 2, "phoneVerification": False,
            "mfa": False, "prefs": {"theme": "dark"} if n == 1 and not MANY else {}, "targets": [{"$id": f"t{n}", "providerType": "email", "identifier": f"appy{n}@example.com"}],
            "accessedAt": "2024-02-02T00:00:00.000+00:00", **more}


salt = "c2FsdA"
rows = [appwrite(n, argon(n % TURN)) for n in range(MANY)] or [
    appwrite(1, argon(), phone="+12015550130", phoneVerification=True), appwrite(2, blowfish(), "bcrypt", {"type": "bcrypt", "cost": 8}),
    appwrite(3, hashlib.scrypt(P, salt=salt.encode(), n=8, r=14, p=1, dklen=64).hex(), "scrypt", {"type": "scrypt", "salt": salt, "costCpu": 8, "costMemory": 14, "costParallel": 1, "length": 64}),
    appwrite(4, hashlib.md5(P).hexdigest(), "md5", {"type": "md5"}), appwrite(5, argon(), status=False), appwrite(6, argon(), mfa=True),
    appwrite(7, "", "argon2"), appwrite(8, hashlib.sha3_512(P).hexdigest(), "sha", {"type": "sha"}),
    appwrite(9, hashlib.sha256(P).hexdigest(), "sha", {"type": "sha", "version": "sha256"})]
write("appwrite.json", json.dumps({"total": len(rows), "users": rows}, indent=None if MANY else 1, ensure_ascii=False))


# FusionAuth: users as its import takes them; the parts of digests are members of their own.
def fusionauth(n, scheme="salted-pbkdf2-hmac-sha256", size=32, factor=2000 if MANY else 24000, **more):
    raw = hashlib.sha256(b"%d" % (n % TURN)).digest()[:16]
    user = {"id": f"00000000-0000-4000-8000-{n:012d}", "tenantId": "30663132-6464-6665-3032-326466613934", "active": True, "verified": MANY > 0 or n != 2, "email": f"{who('fusion', n)}@example.com",
            "username": who("fusion", n), "firstName": "Fu", "lastName": f"Sion {n}", "insertInstant": 1704164645000, "lastLoginInstant": 1706832000000, "passwordChangeRequired": False,
            "encryptionScheme": scheme, "factor": factor, "salt": b64(raw), "password": b64(hashlib.pbkdf2_hmac("sha256", secret(n), raw, factor, size)),
            "data": {"plan": "gold"} if n == 1 and not MANY else {}, "registrations": [{"id": f"r{n}", "applicationId": "3c219e58-ed0e-4b18-ad48-f4f92793ae32", "roles": ["editor"], "verified": True}],
            "memberships": [], "preferredLanguages": ["en"], "timezone": "Europe/Paris", "twoFactor": {"methods": [], "recoveryCodes": []}, "usernameStatus": "ACTIVE"}
    return {**user, **more}


crypt = bcrypt.hashpw(P, bcrypt.gensalt(6)).decode()
rows = [fusionauth(n) for n in range(MANY)] or [
    fusionauth(1, mobilePhone="+12015550131", twoFactor={"methods": [{"id": "A", "method": "authenticator", "secret": b64(b"Hello!\xde\xad\xbe\xef"), "authenticator": {"algorithm": "HmacSHA1", "codeLength": 6, "timeStep": 30}}], "recoveryCodes": ["AAAA", "BBBB"]}),
    fusionauth(2, "salted-pbkdf2-hmac-sha256-512", 64), fusionauth(3, "bcrypt", factor=6, salt=crypt[7:29], password=crypt[29:]), fusionauth(4, active=False),
    fusionauth(5, "salted-md5", factor=20000), fusionauth(6, passwordChangeRequired=True), fusionauth(7, expiry=1600000000000), fusionauth(8, None)]
write("fusionauth.json", json.dumps({"total": len(rows), "users": rows}, indent=None if MANY else 1, ensure_ascii=False))

# SuperTokens: users as its bulk import takes them.
write("supertokens.json", json.dumps({"users": [
    {"externalUserId": f"super-{n}", "userMetadata": {"name": f"Super {n}"}, "userRoles": [{"role": "editor", "tenantIds": ["public"]}],
     "totpDevices": [{"secretKey": "JBSWY3DPEHPK3PXP", "period": 30, "skew": 1, "deviceName": "phone"}] if n == 1 and not MANY else [],
     "loginMethods": [{"tenantIds": ["public"], "recipeId": "emailpassword", "email": f"{who('super', n)}@example.com", "isVerified": MANY > 0 or n != 2, "isPrimary": True, "timeJoinedInMSSinceEpoch": 1672628645000,
                       "passwordHash": blowfish(n % TURN) if n % 2 else argon(n % TURN), "hashingAlgorithm": "bcrypt" if n % 2 else "argon2"},
                      {"tenantIds": ["public"], "recipeId": "thirdparty", "email": f"{who('super', n)}@example.com", "isVerified": MANY > 0 or n != 2, "thirdPartyId": "google", "thirdPartyUserId": f"77{n:06d}"}]}
    for n in (range(MANY) if MANY else (1, 2))]}, indent=None if MANY else 1))

# Okta: the API's list, and a table of profiles; passwords stay there.
states = ["ACTIVE", "STAGED", "SUSPENDED", "DEPROVISIONED", "LOCKED_OUT", "PASSWORD_EXPIRED"]
profiles = [{"login": f"{who('okta', n)}@example.com", "firstName": "Ok", "lastName": f"Ta {n}", "nickName": "", "displayName": f"Ok Ta {n}", "email": f"{who('okta', n)}@example.com",
             "secondEmail": f"second{n}@example.org" if n == 1 and not MANY else "", "mobilePhone": "+1 201 555 0140" if n == 1 and not MANY else "", "city": "Austin", "state": "TX", "countryCode": "US",
             "department": "R&D", "employeeNumber": f"{n:05d}"} for n in (range(MANY) if MANY else range(1, len(states) + 1))]
table("okta.csv", [{"id": f"00u{n:017d}", "status": "ACTIVE" if MANY else states[n - 1], **p} for n, p in enumerate(profiles, 1)])
if not MANY:
    write("okta.json", json.dumps([{
        "id": f"00u{n:017d}", "status": status, "created": "2024-01-02T03:04:05.000Z", "activated": None, "statusChanged": "2024-01-02T03:04:05.000Z", "lastLogin": "2024-02-02T00:00:00.000Z" if n == 1 and not MANY else None,
        "lastUpdated": "2024-01-02T03:04:05.000Z", "passwordChanged": None, "type": {"id": "oty1"}, "profile": {key: value or None for key, value in p.items()},
        "credentials": {"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}}, "_links": {"self": {"href": "https://example.okta.com/api/v1/users/x"}}}
        for n, (status, p) in enumerate(zip(states, profiles), 1)], indent=1))

# Google Workspace: the Admin console's file; passwords are written as stars.
columns = ("First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Password Hash Function [UPLOAD ONLY],Org Unit Path [Required],"
           "New Primary Email [UPLOAD ONLY],Status [READ ONLY],Last Sign In [READ ONLY],Recovery Email,Home Secondary Email,Work Secondary Email,"
           "Recovery Phone [MUST BE IN THE E.164 FORMAT],Work Phone,Home Phone,Mobile Phone,Work Address,Home Address,Employee ID,Employee Type,Employee Title,Manager Email,"
           "Department,Cost Center,2sv Enrolled [READ ONLY],2sv Enforced [READ ONLY],Building ID,Floor Name,Floor Section,Email Usage [READ ONLY],Drive Usage [READ ONLY],"
           "Total Storage [READ ONLY],Change Password at Next Sign-In,New Status [UPLOAD ONLY],Advanced Protection Program enrollment").split(",")


def google(n, **more):
    row = dict.fromkeys(columns, "")
    row.update({"First Name [Required]": "Goo", "Last Name [Required]": f"Gle {n}", "Email Address [Required]": f"{who('goo', n)}@example.com", "Password [Required]": "****", "Org Unit Path [Required]": "/Sales",
                "Status [READ ONLY]": "Active", "Last Sign In [READ ONLY]": "2024/01/02 03:04:05", "2sv Enrolled [READ ONLY]": "False", "2sv Enforced [READ ONLY]": "False",
                "Email Usage [READ ONLY]": "0.1GB", "Drive Usage [READ ONLY]": "0.0GB", "Total Storage [READ ONLY]": "30.0GB", "Change Password at Next Sign-In": "False"})
    row.update(more)
    return row


table("google-workspace.csv", [google(n) for n in range(MANY)] or [
    google(1, **{"Recovery Email": "goo1@example.org", "Recovery Phone [MUST BE IN THE E.164 FORMAT]": "+12015550141", "Employee ID": "7", "2sv Enrolled [READ ONLY]": "True"}),
    google(2, **{"Last Sign In [READ ONLY]": "Never logged in", "Change Password at Next Sign-In": "True"}), google(3, **{"Status [READ ONLY]": "Suspended"})])
