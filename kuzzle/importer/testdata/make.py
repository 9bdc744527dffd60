#!/usr/bin/env python3
"""Writes the exports that the tests import, each as its source writes it.

The digests are those of ../../digest/testdata, made by independent tools;
logins.json lists who logs in afterwards, by which name and with which password.
Run it in its folder after a change.
"""
import base64, csv, io, json

vectors = [v for name in ("vectors_public", "extra_vectors")
           for v in json.load(open(f"../../digest/testdata/{name}.json"))]
logins = {}


def pick(hasher, starts="", note=""):
    for v in vectors:
        if v["hasher"] == hasher and v["valid"] and not v["malformed"] \
                and v["digest"].startswith(starts) and note in v["note"] \
                and isinstance(v["password"], str) and 0 < len(v["password"]) < 60:
            return v["digest"], v["password"]
    raise SystemExit(f"no vector of {hasher} {starts}")


def login(file, name, password):
    logins.setdefault(file, []).append({"name": name, "password": password})


def table(file, rows, **how):
    out = io.StringIO()
    w = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n", **how)
    w.writeheader()
    w.writerows(rows)
    open(file, "w", newline="").write(out.getvalue())


def text(file, content):
    open(file, "w").write(content)


bcrypt, bcrypt_pw = pick("bcrypt", "$2b$04$")
argon, argon_pw = pick("argon2id")
md5, md5_pw = pick("md5")
auth0, auth0_pw = pick("bcrypt", note="Auth0")

# Clerk: the dashboard's export.
head = ("id first_name last_name username primary_email_address primary_phone_number verified_email_addresses "
        "unverified_email_addresses verified_phone_numbers unverified_phone_numbers totp_secret password_digest password_hasher").split()
table("clerk.csv", [dict(zip(head, r)) for r in [
    ["user_2aLice", "Alice", "Ames", "alice", "alice@example.com", "+12015550101", "alice@example.com|a.ames@example.com", "new@example.com",
     "+12015550101", "", "JBSWY3DPEHPK3PXP", bcrypt, "bcrypt"],
    ["user_2bOb", "Bob", "", "", "bob@example.com", "", "bob@example.com", "", "", "", "", argon, "argon2id"],
    ["user_2cArol", "Carol", "", "", "carol@example.com", "", "carol@example.com", "", "", "", "", md5, "md5"],
    ["user_2dAve", "Dave", "", "", "dave@example.com", "", "dave@example.com", "", "", "", "", "", ""],
]])
login("clerk.csv", "alice", bcrypt_pw)
login("clerk.csv", "a.ames@example.com", bcrypt_pw)
login("clerk.csv", "+12015550101", bcrypt_pw)
login("clerk.csv", "bob@example.com", argon_pw)
login("clerk.csv", "carol@example.com", md5_pw)

# What leaves Clerk as several files: the Dashboard's table, and pages of the API's lists.
table("clerk-export.csv", [dict(zip(head, r)) for r in [
    ["user_2aLice", "Alicia", "Ames", "alice", "alice@example.com", "+12015550101", "alice@example.com|gone@example.com", "", "+12015550101", "",
     "JBSWY3DPEHPK3PXP", bcrypt, "bcrypt"],
    ["user_2bOb", "Bob", "", "", "bob@example.com", "", "bob@example.com", "", "", "", "", argon, "argon2id"],
    ["user_2cArol", "Carol", "", "", "carol@example.com", "", "carol@example.com", "", "", "", "", md5, "md5"],
    ["user_2eRin", "Erin", "", "", "erin@example.com", "", "erin@example.com", "", "", "", "KRSXG5CTMVRXEZLU", bcrypt, "bcrypt"],
]])
login("clerk-export.csv", "alice", bcrypt_pw)
login("clerk-export.csv", "a.ames@example.com", bcrypt_pw)
login("clerk-export.csv", "bob@example.com", argon_pw)
login("clerk-export.csv", "carol@example.com", md5_pw)


def clerk_user(id, emails, **more):
    """A user as GET /v1/users answers one."""
    verified = {"object": "verification_otp", "status": "verified", "strategy": "email_code", "attempts": 1, "expire_at": 1700000600000}
    return {
        "id": id, "object": "user", "username": None, "first_name": None, "last_name": None, "locale": None, "image_url": f"https://img.clerk.com/{id}",
        "has_image": False, "primary_email_address_id": f"idn_{id}_0", "primary_phone_number_id": None, "primary_web3_wallet_id": None,
        "password_enabled": True, "two_factor_enabled": False, "totp_enabled": False, "backup_code_enabled": False,
        "email_addresses": [
            {"id": f"idn_{id}_{n}", "object": "email_address", "email_address": email, "reserved": status == "reserved",
             "verification": verified if status == "verified" else None, "linked_to": [], "created_at": 1700000000000, "updated_at": 1700000000000}
            for n, (email, status) in enumerate(emails)],
        "phone_numbers": [], "web3_wallets": [], "passkeys": [], "external_accounts": [], "saml_accounts": [], "enterprise_accounts": [],
        "public_metadata": {}, "private_metadata": {}, "unsafe_metadata": {}, "external_id": None, "last_sign_in_at": None, "banned": False, "locked": False,
        "lockout_expires_in_seconds": None, "verification_attempts_remaining": 100, "created_at": 1700000000000, "updated_at": 1710000000000,
        "delete_self_enabled": True, "create_organization_enabled": True, "create_organizations_limit": None, "last_active_at": None,
        "mfa_enabled_at": None, "mfa_disabled_at": None, "legal_accepted_at": None, **more}


alice = clerk_user(
    "user_2aLice", [("a.ames@example.com", "verified"), ("alice@example.com", "verified"), ("new@example.com", ""), ("kept@example.com", "reserved")],
    primary_email_address_id="idn_user_2aLice_1", username="alice", first_name="Alice", last_name="Ames", locale="en-GB", totp_enabled=True,
    two_factor_enabled=True, backup_code_enabled=True, has_image=True, external_id="app-1", created_at=1600000000000, last_sign_in_at=1705000000000,
    public_metadata={"plan": "pro"}, private_metadata={"crm": 7}, unsafe_metadata={"theme": "dark"}, legal_accepted_at=1650000000000,
    create_organizations_limit=3, delete_self_enabled=False, passkeys=[{"id": "idn_key", "object": "passkey", "name": "laptop"}],
    phone_numbers=[{"id": "idn_p", "object": "phone_number", "phone_number": "+12015550101", "reserved_for_second_factor": False, "reserved": False,
                    "verification": {"status": "verified", "strategy": "phone_code"}, "linked_to": []}],
    primary_phone_number_id="idn_p",
    web3_wallets=[{"id": "idn_w", "object": "web3_wallet", "web3_wallet": "0x52908400098527886E0F7030069857D2E4169EE7", "verification": {"status": "verified"}}],
    external_accounts=[{"object": "external_account", "id": "eac_1", "provider": "oauth_google", "provider_user_id": "10987"}])
text("clerk-users-1.json", json.dumps({"data": [clerk_user("user_2bOb", [("stale@example.com", "verified")], updated_at=1), alice], "total_count": 4}))
text("clerk-users-2.json", json.dumps([
    clerk_user("user_2bOb", [("bob@example.com", "verified")]),
    clerk_user("user_2dAve", [("dave@example.com", "verified")], locked=True),
    clerk_user("user_2eRin", [("erin@example.com", "verified")], password_enabled=False)]) + "[]\n")
acme = {"object": "organization", "id": "org_2acme", "name": "Acme", "slug": "acme", "image_url": "", "has_image": False, "max_allowed_memberships": 5,
        "admin_delete_enabled": True, "public_metadata": {"tier": "gold"}, "private_metadata": {"vat": "x"}, "created_by": "user_2aLice",
        "created_at": 1660000000000, "updated_at": 1660000000000}
empty = {**acme, "id": "org_2empty", "name": "Nobody's", "slug": "nobodys", "created_by": "user_gone", "public_metadata": {}, "private_metadata": {}}
lone = {**acme, "id": "org_2lone", "name": "Lone", "slug": "lone", "private_metadata": {}}
text("clerk-organizations.json", json.dumps({"data": [acme, empty], "total_count": 2}))
text("clerk-memberships.ndjson", "".join(json.dumps({
    "object": "organization_membership", "id": f"orgmem_{n}", "role": role, "permissions": [], "public_metadata": {"n": n}, "private_metadata": {},
    "organization": of, "public_user_data": {"user_id": user, "identifier": "x"}, "created_at": 1661000000000, "updated_at": 1661000000000}) + "\n"
    for n, (of, user, role) in enumerate([
        (acme, "user_2bOb", "org:billing"), (acme, "user_2aLice", "org:admin"), (lone, "user_2aLice", "org:member"), (acme, "user_gone", "org:member")])))
text("clerk-invitations.json", json.dumps({"data": [{
    "object": "organization_invitation", "id": f"orginv_{status}", "email_address": f"{status}@example.com", "role": "org:admin", "organization_id": "org_2acme",
    "inviter_id": "user_2aLice", "status": status, "public_metadata": {"from": "sales"}, "private_metadata": {}, "url": None, "expires_at": 4100000000000,
    "created_at": 1662000000000, "updated_at": 1662000000000} for status in ("pending", "accepted")], "total_count": 2}))

# Clerk: objects of the Backend API.
text("clerk.json", json.dumps([{
    "id": "user_2eVe", "object": "user", "username": "eve", "first_name": "Eve", "primary_email_address_id": "idn_2",
    "email_addresses": [
        {"id": "idn_1", "email_address": "old@example.com", "verification": {"status": "unverified"}},
        {"id": "idn_2", "email_address": "eve@example.com", "verification": {"status": "verified"}}],
    "phone_numbers": [], "password_digest": bcrypt, "password_hasher": "bcrypt", "created_at": 1609545600000, "banned": False,
    "public_metadata": {"plan": "pro"}, "private_metadata": {"risk": 3}, "unsafe_metadata": {"theme": "dark"},
    "external_accounts": [{"provider": "oauth_google", "provider_user_id": "10987"}]}], indent=1))
login("clerk.json", "eve@example.com", bcrypt_pw)

# Cognito: the header of get-csv-header; passwords stay there.
table("cognito.csv", [
    {"cognito:username": "frank", "name": "Frank F", "given_name": "Frank", "family_name": "F", "email": "frank@example.com",
     "email_verified": "TRUE", "phone_number": "+12015550102", "phone_number_verified": "FALSE", "cognito:mfa_enabled": "FALSE", "updated_at": ""},
    {"cognito:username": "gina", "name": "", "given_name": "", "family_name": "", "email": "gina@example.com",
     "email_verified": "FALSE", "phone_number": "", "phone_number_verified": "", "cognito:mfa_enabled": "FALSE", "updated_at": ""}])

# Supabase: auth.users.
table("supabase.csv", [
    {"instance_id": "00000000-0000-0000-0000-000000000000", "id": "6a1f0f0e-0000-4000-8000-000000000001", "aud": "authenticated",
     "role": "authenticated", "email": "hugo@example.com", "encrypted_password": bcrypt.replace("$2b$", "$2a$"),
     "email_confirmed_at": "2021-05-06 07:08:09.123456+00", "raw_app_meta_data": '{"provider": "email", "providers": ["email"]}',
     "raw_user_meta_data": '{"nick": "h"}', "is_super_admin": "", "created_at": "2021-05-06 07:00:00.123456+00", "phone": "12015550103",
     "phone_confirmed_at": "2021-05-06 07:08:09+00", "banned_until": "", "deleted_at": "", "is_anonymous": "f"},
    {"instance_id": "00000000-0000-0000-0000-000000000000", "id": "6a1f0f0e-0000-4000-8000-000000000002", "aud": "authenticated",
     "role": "authenticated", "email": "ida@example.com", "encrypted_password": "", "email_confirmed_at": "2021-05-06 07:08:09+00",
     "raw_app_meta_data": '{"provider": "google", "providers": ["google"]}', "raw_user_meta_data": '{"provider_id": "5551"}',
     "is_super_admin": "", "created_at": "2021-05-06 07:00:00+00", "phone": "", "phone_confirmed_at": "", "banned_until": "", "deleted_at": "", "is_anonymous": "f"}])
login("supabase.csv", "hugo@example.com", bcrypt_pw)
login("supabase.csv", "+12015550103", bcrypt_pw)

# WordPress: wp_users.
wp, wp_pw = pick("wordpress", "$wp$")
phpass, phpass_pw = pick("phpass")
table("wordpress.csv", [
    {"ID": 1, "user_login": "jack", "user_pass": wp, "user_nicename": "jack", "user_email": "jack@example.com", "user_url": "https://example.com",
     "user_registered": "2019-02-03 04:05:06", "user_activation_key": "", "user_status": 0, "display_name": "Jack J"},
    {"ID": 2, "user_login": "kim", "user_pass": phpass, "user_nicename": "kim", "user_email": "kim@example.com", "user_url": "",
     "user_registered": "2019-02-03 04:05:06", "user_activation_key": "", "user_status": 0, "display_name": "Kim K"}], quoting=csv.QUOTE_ALL)
login("wordpress.csv", "jack", wp_pw)
login("wordpress.csv", "kim@example.com", phpass_pw)

# Drupal: users_field_data.
drupal, drupal_pw = pick("drupal7")
table("drupal.csv", [
    {"uid": 7, "langcode": "en", "name": "lena", "pass": drupal, "mail": "lena@example.com", "timezone": "Europe/Paris", "status": 1, "created": 1549166706},
    {"uid": 8, "langcode": "en", "name": "gone", "pass": drupal, "mail": "gone@example.com", "timezone": "", "status": 0, "created": 1549166706}])
login("drupal.csv", "lena", drupal_pw)

# Django: auth_user.
dj, dj_pw = pick("pbkdf2_sha256_django")
djb, djb_pw = pick("bcrypt_sha256_django")
dj1, dj1_pw = pick("django")
row = {"last_login": "", "is_superuser": "f", "first_name": "", "last_name": "", "is_staff": "f", "is_active": "t", "date_joined": "2022-01-02 03:04:05.123456+00"}
table("django.csv", [
    {"id": 1, "password": dj, **row, "username": "mia", "email": "mia@example.com"},
    {"id": 2, "password": djb, **row, "username": "nils", "email": ""},
    {"id": 3, "password": dj1, **row, "username": "olga", "email": ""},
    {"id": 4, "password": "!Z8unusable", **row, "username": "pat", "email": "pat@example.com"}])
login("django.csv", "mia@example.com", dj_pw)
login("django.csv", "nils", djb_pw)
login("django.csv", "olga", dj1_pw)

# Auth0: a user export, and the file of password hashes.
text("auth0.ndjson", "".join(json.dumps(u) + "\n" for u in [
    {"user_id": "auth0|5f7c8ec7c33c6c004bbafe82", "email": "quinn@example.com", "email_verified": True, "name": "Quinn", "nickname": "q",
     "created_at": "2020-10-06T15:35:35.212Z", "identities": [{"provider": "auth0", "connection": "Username-Password-Authentication", "user_id": "5f7c8ec7c33c6c004bbafe82", "isSocial": False}],
     "app_metadata": {"plan": "gold"}, "user_metadata": {"color": "red"}},
    {"user_id": "google-oauth2|1155", "email": "rosa@example.com", "email_verified": True, "name": "Rosa", "created_at": "2020-10-06T15:35:35.212Z",
     "identities": [{"provider": "google-oauth2", "connection": "google-oauth2", "user_id": 1155, "isSocial": True}]},
    {"user_id": "auth0|blocked", "email": "sly@example.com", "email_verified": True, "blocked": True, "created_at": "2020-10-06T15:35:35.212Z"}]))
text("auth0_hashes.ndjson", json.dumps(
    {"_id": {"$oid": "60425da93519d90068f82966"}, "email_verified": False, "email": "tom@example.com", "passwordHash": auth0,
     "password_set_date": {"$date": "2021-03-05T16:32:57.190Z"}, "tenant": "dev", "connection": "Username-Password-Authentication"}) + "\n")
login("auth0_hashes.ndjson", "tom@example.com", auth0_pw)

# Firebase: auth:export --format=json, with the project's hash configuration.
fb, fb_pw = pick("scrypt_firebase", "lSrf")
digest, salt, signer, separator, rounds, memory = fb.split("$")
text("firebase.json", json.dumps({"users": [
    {"localId": "fbUid1", "email": "uma@example.com", "emailVerified": True, "passwordHash": digest, "salt": salt, "displayName": "Uma",
     "lastSignedInAt": "1609545600000", "createdAt": "1609459200000", "disabled": False, "customAttributes": '{"admin":true}',
     "providerUserInfo": [{"providerId": "google.com", "rawId": "778", "email": "uma@example.com"}, {"providerId": "password", "rawId": "uma@example.com"}]},
    {"localId": "fbUid2", "phoneNumber": "+12015550104", "createdAt": "1609459200000", "providerUserInfo": []}]}, indent=2))
login("firebase.json", "uma@example.com", fb_pw)
text("firebase.options.json", json.dumps({"signerKey": signer, "saltSeparator": separator, "rounds": int(rounds), "memoryCost": int(memory)}))

# Keycloak: a realm export, users after everything else.
kc, kc_pw = pick("keycloak")
credential = json.loads(kc)
text("keycloak.json", json.dumps({"id": "demo", "realm": "demo", "roles": {"realm": [{"name": "editor"}], "client": {}}, "clients": [{"clientId": "users", "users": []}],
    "users": [{"id": "9a3c", "createdTimestamp": 1609459200000, "username": "vera", "enabled": True, "totp": False, "emailVerified": True, "firstName": "Vera",
               "email": "vera@example.com", "attributes": {"locale": ["fr"]}, "credentials": [{"id": "c1", "type": "password", "createdDate": 1, **credential}],
               "requiredActions": [], "realmRoles": ["editor"], "groups": ["/staff"], "federatedIdentities": [{"identityProvider": "github", "userId": "4242", "userName": "vera"}]}]}, indent=2))
login("keycloak.json", "vera", kc_pw)

# Ory Kratos: identities with credentials included.
text("kratos.json", json.dumps([{
    "id": "0b5c0f0e-0000-4000-8000-000000000001", "schema_id": "default", "state": "active", "traits": {"email": "walt@example.com", "name": {"first": "Walt"}},
    "credentials": {"password": {"type": "password", "identifiers": ["walt@example.com"], "config": {"hashed_password": argon}},
                    "oidc": {"type": "oidc", "identifiers": ["github:31"], "config": {"providers": [{"provider": "github", "subject": "31"}]}},
                    "totp": {"config": {"totp_url": "otpauth://totp/x:walt?secret=JBSWY3DPEHPK3PXP&issuer=x"}}},
    "verifiable_addresses": [{"value": "walt@example.com", "verified": True, "via": "email"}],
    "metadata_public": {"tier": 1}, "metadata_admin": {"note": "n"}, "created_at": "2023-01-02T03:04:05Z"}], indent=1))
login("kratos.json", "walt@example.com", argon_pw)

# SuperTokens: users as its bulk import takes them.
text("supertokens.json", json.dumps({"users": [
    {"externalUserId": "st-1", "userMetadata": {"name": "Stan"}, "userRoles": [{"role": "editor", "tenantIds": ["public"]}],
     "totpDevices": [{"secretKey": "JBSWY3DPEHPK3PXP", "period": 30, "skew": 1, "deviceName": "phone"}],
     "loginMethods": [{"recipeId": "emailpassword", "email": "stan@example.com", "isVerified": True, "isPrimary": True, "timeJoinedInMSSinceEpoch": 1672628645000,
                       "passwordHash": argon, "hashingAlgorithm": "argon2"},
                      {"recipeId": "thirdparty", "email": "stan@example.com", "isVerified": True, "thirdPartyId": "google", "thirdPartyUserId": "77"}]},
    {"externalUserId": "st-2", "loginMethods": [{"recipeId": "passwordless", "phoneNumber": "+12015550188", "isVerified": True}]}]}, indent=1))
login("supertokens.json", "stan@example.com", argon_pw)

# Kuzzle: loadSecurities, and a credential document of its own local plugin.
kz, kz_pw = pick("kuzzle_local", note="plugin defaults")
text("kuzzle.json", json.dumps({"roles": {"reader": {"controllers": {"auth": {"actions": {"*": True}}}}}, "profiles": {},
    "users": {"xena": {"content": {"profileIds": ["default"], "fullname": "Xena"}, "credentials": {"local": {"username": "xena", "password": "warrior princess"}}},
              "yuri": {"content": {"profileIds": ["default"]}, "credentials": {"local": {"username": "yuri", **json.loads(kz)}}}}}, indent=1))
login("kuzzle.json", "xena", "warrior princess")
login("kuzzle.json", "yuri", kz_pw)

# LDAP.
ssha, ssha_pw = pick("ldap_ssha")
text("people.ldif", f"""version: 1

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit

# a person
dn: uid=zoe,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: zoe
cn:: {base64.b64encode("Zoé".encode()).decode()}
mail: zoe@exam
 ple.com
userPassword:: {base64.b64encode(ssha.encode()).decode()}
createTimestamp: 20200102030405Z
""")
login("people.ldif", "zoe@example.com", ssha_pw)

# Any table, and any NDJSON.
table("plain.csv", [{"login": "abel", "mail": "abel@example.com", "hash": bcrypt, "city": "Oslo"}], delimiter=";")
login("plain.csv", "abel", bcrypt_pw)
text("plain.ndjson", "".join(json.dumps(u) + "\n" for u in [
    {"id": 1, "username": "bea", "emails": ["bea@example.com", {"value": "b@example.com", "verified": False}], "passwordDigest": bcrypt, "passwordHasher": "bcrypt",
     "profiles": ["default"], "content": {"city": "Rome"}, "accounts": ["github:99"], "backupCodes": ["one", "two"], "createdAt": "2020-01-02T03:04:05Z"}]))
login("plain.ndjson", "bea@example.com", bcrypt_pw)

text("logins.json", json.dumps(logins, indent=1, ensure_ascii=False) + "\n")
