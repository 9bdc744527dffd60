#!/usr/bin/env python3
"""Writes files as people export them, with their quirks, and cases.json: who logs in after the
import of each, who does not, and what the report tells. It needs PyPI's bcrypt; run it in its folder."""
import base64, hashlib, hmac, json
import bcrypt

PW = "Tr0ub4dor&3 ü"
P = PW.encode()
B = bcrypt.hashpw(P, bcrypt.gensalt(4)).decode()
Y = B.replace("$2b", "$2y")
SALT = bytes(range(0xE0, 0xF0))
cases = []


def b64(b): return base64.b64encode(b).decode()
def django(n=1000): return "pbkdf2_sha256$%d$abcdefgh$%s" % (n, b64(hashlib.pbkdf2_hmac("sha256", P, b"abcdefgh", n, 32)))


def case(name, file, content, opens=(), shut=(), told=(), created=None, **options):
    """opens log in with PW, shut do not; told are fields in the report."""
    if not isinstance(content, str):
        content = json.dumps(content)
    open(file, "w", newline="").write(content)
    cases.append({"name": name, "file": file, "opens": list(opens), "shut": list(shut), "told": list(told), "created": len(opens) if created is None else created, "options": options})


# digests in a column or key called password
case("Laravel", "laravel.csv", f"id,name,email,password,created_at\n1,Lara,a@example.com,{Y},2024-01-01 00:00:00\n", ["a@example.com"])
case("PocketBase", "pocketbase.json", [{"id": "x1", "username": "b", "email": "b@example.com", "password": B.replace("$2b", "$2a"), "verified": True}], ["b"])
case("Django rows in JSON", "django.json", [{"id": 5, "username": "c", "email": "c@example.com", "password": django(), "is_active": True}], ["c"])
case("dumpdata", "dumpdata.json", [
    {"model": "auth.group", "pk": 1, "fields": {"name": "staff", "permissions": []}},
    {"model": "auth.user", "pk": 1, "fields": {"password": django(), "last_login": None, "is_superuser": True, "username": "d", "first_name": "A", "last_name": "B", "email": "d@example.com", "is_staff": True, "is_active": True, "date_joined": "2024-06-03T21:27:21.811Z", "groups": [], "user_permissions": []}},
    {"model": "auth.user", "pk": 2, "fields": {"password": "!kzUw8", "username": "d2", "email": "", "is_active": True, "date_joined": "2024-06-03T21:27:21.811Z"}},
    {"model": "auth.user", "pk": 3, "fields": {"password": django(), "username": "d3", "email": "", "is_active": False, "date_joined": "2024-06-03T21:27:21.811Z"}}],
    ["d"], ["d2", "d3"], told=["model", "passwordDigest", "disabled"], created=2)

# nulls as they are written out
case("NULL", "null.csv", f"id,username,email,phone,password_hash,created_at,name\n1,e,e@example.com,NULL,{Y},NULL,NULL\n2,e2,NULL,NULL,{Y},2020-01-01 00:00:00,Ann Null\n", ["e", "e2"], source="mysql")
case(r"\N and zero dates", "pgcopy.tsv", f"id\tusername\temail\tpassword_hash\tcreated_at\tbanned_until\n1\tf\t\\N\t{B}\t0000-00-00 00:00:00\t\\N\n", ["f"], source="pg")
case("a person called Null", "person.csv", f"id,username,last_name,password_hash\n1,null,Null,{B}\n", ["null"], source="person")
head = "id,aud,role,email,encrypted_password,email_confirmed_at,raw_app_meta_data,raw_user_meta_data,created_at,phone,phone_confirmed_at,banned_until,deleted_at\n"
tail = '"{""provider"": ""email""}","{}",2023-01-01 00:00:00+00'
case("Supabase with NULL", "supabase-null.csv", head +
     f"s1,authenticated,authenticated,g1@example.com,{B},2023-01-01 00:00:00.1+00,{tail},NULL,NULL,NULL,NULL\n"
     f"s2,authenticated,authenticated,g2@example.com,{B},2023-01-01 00:00:00.1+00,{tail},,,2099-01-01 00:00:00+00,\n"
     f"s3,authenticated,authenticated,g3@example.com,{B},2023-01-01 00:00:00.1+00,{tail},,,2020-01-01 00:00:00+00,\n"
     f"s4,authenticated,authenticated,g4@example.com,{B},2023-01-01 00:00:00.1+00,{tail},,,,2024-01-01 00:00:00+00\n",
     ["g1@example.com", "g3@example.com"], ["g2@example.com", "g4@example.com"], told=["disabled", "deletedAt"])


# state
def row(i, **more):
    return {"instance_id": "0", "id": f"s6{i}", "aud": "authenticated", "role": "authenticated", "email": f"h{i}@example.com", "encrypted_password": B,
            "email_confirmed_at": "2023-01-01T00:00:00+00:00", "raw_app_meta_data": {"provider": "email", "providers": ["email"]}, "raw_user_meta_data": {"name": "x"},
            "created_at": "2023-01-01T00:00:00+00:00", "phone": None, "banned_until": None, "deleted_at": None, "is_anonymous": False, **more}


case("Supabase in JSON", "supabase.json", [row("a"), row("b", banned_until="2099-01-01T00:00:00+00:00"), row("c", deleted_at="2024-01-01T00:00:00+00:00")],
     ["ha@example.com"], ["hb@example.com", "hc@example.com"], told=["disabled", "deletedAt"])
case("state in columns", "state.csv", "id,username,password_hash,status,suspended_at,is_deleted,banned_until\n" + "".join(
    f"{i},i{i},{B},{rest}\n" for i, rest in enumerate(("active,,false,", "Suspended,,0,", "1,,,2099-01-01", "active,,true,"))),
    ["i0"], ["i1", "i2", "i3"], told=["disabled", "deletedAt"], source="state")
case("LDAP accounts that are shut", "state.ldif", "".join(f"dn: uid=j{i},dc=example\nuid: j{i}\nuserPassword: {d}\n{more}\n" for i, (d, more) in enumerate((
    ("{CRYPT}" + B, ""), ("{CRYPT}*", ""), ("{SASL}j2@EXAMPLE.ORG", ""), ("{CRYPT}" + B, "nsAccountLock: TRUE\n"), ("{CRYPT}!" + B, "")))),
    ["j0"], ["j1", "j2", "j3", "j4"], told=["passwordDigest", "disabled"], created=4)

# one side field never costs a user
dates = ("2024-01-02T03:04:05+0200", "2024-01-02T03:04:05.123+0000", "Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02 03:04", "1700000000000000", "13/2/2024 13:45", "2024-01-02T03:04:05+02")
case("dates", "dates.csv", "id,username,password_hash,created_at\n" + "".join(f'{i},k{i},{B},"{d}"\n' for i, d in enumerate(dates)), [f"k{i}" for i in range(len(dates))], source="dates")
case("a date nobody can tell", "ambiguous.csv", f"id,username,password_hash,created_at\n1,l,{B},1/2/2024 13:45\n", ["l"], told=["createdAt"], source="ambiguous")
ssha = "{SSHA}" + b64(hashlib.sha1(P + SALT).digest() + SALT)
case("a shared mail box", "shared.ldif", f"dn: uid=m1,dc=example,dc=org\nuid: m1\nmail: m@example.org\nuserPassword: {ssha}\n\ndn: uid=m2,dc=example,dc=org\nuid: m2\nmail: m@example.org\nuserPassword: {ssha}\n", ["m1", "m2"], told=["email"])
case("metadata of a wrong type", "auth0-types.json", json.dumps({"user_id": "auth0|n", "username": "n", "passwordHash": B, "app_metadata": ["admin"], "user_metadata": "none", "given_name": {"first": "N"}}) + "\n", ["n"], told=["app_metadata", "user_metadata"])

# the forms that exports really have
case("Auth0 with labels", "auth0-labels.json", '{"Id":"auth0|5f1","Given Name":"J","Nickname":"john","Email":"o1@example.com","Email Verified":true}\n{"Id":"auth0|5f2","Nickname":"john","Email":"o2@example.com","Email Verified":true}\n', created=2, shut=["john"])
key = b64(hashlib.pbkdf2_hmac("sha256", P, SALT, 2750, 64))
case("Keycloak before version 8", "keycloak-old.json", {"realm": "x", "users": [{"id": "k1", "username": "p", "enabled": True, "credentials": [{"type": "password", "hashedSaltedValue": key, "salt": b64(SALT), "hashIterations": 2750, "algorithm": "pbkdf2-sha256", "config": {}}]}]}, ["p"])
case("Keycloak with bcrypt", "keycloak-bcrypt.json", {"realm": "x", "users": [{"id": "k2", "username": "q", "enabled": True, "credentials": [{"type": "password", "secretData": json.dumps({"value": B, "salt": ""}), "credentialData": json.dumps({"hashIterations": 10, "algorithm": "bcrypt"})}]}]}, ["q"])
case("Firebase's table", "firebase.csv", 'r1,r@example.com,true,,,"Foo\nBar",,,,,,,,,,,,,,,,,,1508255889000,1525515073000,,\n', created=1)
case("Cognito's list-users", "cognito-list.json", {"Users": [
    {"Username": "t", "Attributes": [{"Name": "sub", "Value": "s1"}, {"Name": "email_verified", "Value": "true"}, {"Name": "email", "Value": "t@example.com"}], "UserCreateDate": "2021-01-01T00:00:00.000000+01:00", "Enabled": True, "UserStatus": "CONFIRMED"},
    {"Username": "t2", "Attributes": [{"Name": "sub", "Value": "s2"}], "Enabled": False, "UserStatus": "CONFIRMED"}]}, created=1, told=["disabled"])
salted = hashlib.sha256(b"abc" + P).hexdigest()
case("a salt in a column of its own", "salt.csv", f"id,username,password_hash,salt,password_hasher\n31,u,{salted},abc,sha256\n", ["u"], source="salt")
case("a salt and no format", "salt-unnamed.csv", f"id,username,password_hash,salt\n31,u2,{salted},abc\n", shut=["u2"], told=["passwordSalt"], source="salt2")
wp = "$wp" + bcrypt.hashpw(base64.b64encode(hmac.new(b"wp-sha384", P, "sha384").digest()), bcrypt.gensalt(4)).decode().replace("$2b", "$2y")
case("WordPress in JSON", "wordpress.json", [{"ID": "1", "user_login": "v", "display_name": "W", "user_email": "v@example.com", "user_registered": "2020-01-01 00:00:00", "roles": "subscriber", "user_pass": wp}], ["v"])

json.dump(cases, open("cases.json", "w"), indent=1, ensure_ascii=False)
