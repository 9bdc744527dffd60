#!/usr/bin/env python3
"""Writes exports by the systems' own programs: firebase-tools (npm), the AWS command line (PyPI) at a
stand-in of the API, PostgreSQL's and MariaDB's dumps, OpenLDAP's slapcat, and Keycloak's classes (Maven).

  npm pack firebase-tools && tar xzf firebase-tools-*.tgz    in $WORK
  pip install awscli argon2-cffi bcrypt cryptography
  apt-get install postgresql mariadb-server slapd ldap-utils
  mvn dependency:copy-dependencies of org.keycloak:keycloak-core 24.0.5 and 7.0.1, and org.jboss.logging:jboss-logging,
    into $WORK/kc/VERSION/lib
  kratos/main.go, with a go.mod, in $WORK/kr

Arguments are the names of functions below; all of them by default."""
import http.server, json, os, shutil, subprocess, sys, tempfile, threading
from people import *

HERE, WORK = os.path.dirname(os.path.abspath(__file__)), os.environ.get("WORK", ".")


def run(*command, text=None, **how):
    done = subprocess.run(command, input=text, capture_output=True, text=True, **how)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


# The parameters of a project's hashes: signer key, salt separator, rounds, memory cost.
SIGNER, SEPARATOR = hashlib.sha512(b"signer").digest(), b"\x07"


@cached
def scrypt_of_firebase(n):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    key = hashlib.scrypt(secret(n), salt=salt(n, 10) + SEPARATOR, n=1 << 4, r=1, p=1, dklen=32)
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(SIGNER)


def firebase():
    users = [{"localId": f"fb{n:026d}", "email": email(n), "emailVerified": True, "passwordHash": base64.urlsafe_b64encode(scrypt_of_firebase(n)).decode(),
              "salt": base64.urlsafe_b64encode(salt(n, 10)).decode(), "version": 0, "displayName": full(n), "lastLoginAt": "1609545600000", "createdAt": "1609459200000", "disabled": False,
              "providerUserInfo": [{"providerId": "password", "rawId": email(n), "email": email(n)}] + (
                  [{"providerId": "apple.com", "rawId": f"0017.{n}", "email": email(n)}] if n % 5 == 0 else [])} for n in range(COUNT)]
    for n in range(0, COUNT, 3):
        users[n]["customAttributes"] = json.dumps({"admin": True, "n": n})
    script = """
const Module = require('module'), fs = require('fs'), load = Module._load;
const users = JSON.parse(fs.readFileSync(0));
Module._load = (name, ...rest) => name === './apiv2' ? { Client: class { async post() { return { body: { users: JSON.parse(JSON.stringify(users)) } } } } }
  : name === './error' ? { FirebaseError: Error } : name === './api' ? { googleOrigin: () => '' } : name === './utils' ? { logSuccess() {} } : load(name, ...rest);
const { serialExportUsers } = require(process.argv[1]);
const writeStream = fs.createWriteStream('/dev/stdout'), format = process.argv[2];
if (format === 'json') writeStream.write('{"users": [\\n');
serialExportUsers('p', { format, writeStream, batchSize: 1000 }).then(() => { if (format === 'json') writeStream.write(']}'); writeStream.end() });
"""
    for kind in ("json", "csv"):
        keep("firebase." + kind, run("node", "-e", script, os.path.abspath(f"{WORK}/package/lib/accountExporter.js"), kind, text=json.dumps(users)))
    with open(f"{HERE}/firebase.options.json", "w") as out:
        json.dump({"signerKey": b64(SIGNER), "saltSeparator": b64(SEPARATOR), "rounds": 1, "memoryCost": 4}, out)


def cognito():
    users = [{"Username": login(n), "Attributes": [{"Name": "sub", "Value": ident(n)}, {"Name": "email_verified", "Value": "true"}, {"Name": "name", "Value": full(n)},
                                                    {"Name": "email", "Value": email(n)}],
              "UserCreateDate": 1600000000.123 + n, "UserLastModifiedDate": 1600000000.5, "Enabled": True, "UserStatus": "CONFIRMED"} for n in range(COUNT)]

    class Api(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            at = int(asked.get("PaginationToken", 0))
            page = {"Users": users[at:at + 60]}
            if at + 60 < COUNT:
                page["PaginationToken"] = str(at + 60)
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_): pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    aws = [os.path.join(os.path.dirname(sys.executable), "aws"), "cognito-idp", "list-users", "--user-pool-id", "eu-west-3_x", "--endpoint-url", f"http://127.0.0.1:{server.server_port}"]
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-3"}
    keep("cognito-list.json", run(*aws, "--output", "json", env=env))
    pages, more = "", []
    while True:
        page = run(*aws, "--output", "json", "--max-items", "300", *more, env=env)
        pages += page
        if "NextToken" not in json.loads(page):
            break
        more = ["--starting-token", json.loads(page)["NextToken"]]
    keep("cognito-pages.json", pages)


def supabase():
    """auth.users as Supabase's migrations have made it."""
    folder = tempfile.mkdtemp()
    shutil.chown(folder, "postgres")
    bin = "/usr/lib/postgresql/" + os.listdir("/usr/lib/postgresql")[0] + "/bin/"
    as_postgres = lambda *command, **how: run("runuser", "-u", "postgres", "--", *command, cwd=folder, **how)
    as_postgres(bin + "initdb", "-D", folder + "/d", "-A", "trust")
    as_postgres(bin + "pg_ctl", "-D", folder + "/d", "-w", "-o", f"-k {folder} -c listen_addresses=''", "-l", folder + "/log", "start")
    try:
        base = ["-h", folder, "-d", "postgres"]
        columns = """instance_id uuid, id uuid PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255), encrypted_password varchar(255), email_confirmed_at timestamptz,
invited_at timestamptz, confirmation_token varchar(255), confirmation_sent_at timestamptz, recovery_token varchar(255), recovery_sent_at timestamptz,
email_change_token_new varchar(255), email_change varchar(255), email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
is_super_admin boolean, created_at timestamptz, updated_at timestamptz, phone text UNIQUE, phone_confirmed_at timestamptz, phone_change text DEFAULT '', phone_change_token varchar(255) DEFAULT '',
phone_change_sent_at timestamptz, confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED, email_change_token_current varchar(255) DEFAULT '',
email_change_confirm_status smallint DEFAULT 0, banned_until timestamptz, reauthentication_token varchar(255) DEFAULT '', reauthentication_sent_at timestamptz,
is_sso_user boolean DEFAULT false NOT NULL, deleted_at timestamptz, is_anonymous boolean DEFAULT false NOT NULL"""
        rows = json.dumps([{"id": ident(n), "email": email(n), "digest": bcrypt_of(n).replace("$2b$", "$2a$"), "name": full(n)} for n in range(COUNT)])
        as_postgres("psql", "-v", "ON_ERROR_STOP=1", *base, text=f"""CREATE SCHEMA auth; CREATE TABLE auth.users ({columns}); CREATE TABLE public.users (id uuid, name text);
INSERT INTO public.users VALUES ('{ident(0)}', 'a profile');
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, confirmation_token, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
SELECT '00000000-0000-0000-0000-000000000000', (u->>'id')::uuid, 'authenticated', 'authenticated', u->>'email', u->>'digest', '2021-05-06 07:08:09.1+00', '',
'{{"provider": "email", "providers": ["email"]}}', jsonb_build_object('name', u->>'name'), '2021-05-06 07:00:00.123456+00', '2021-05-06 07:00:00.123456+00'
FROM jsonb_array_elements($json${rows}$json$::jsonb) u;\n""")
        keep("supabase.csv", as_postgres("psql", *base, "-c", "COPY (SELECT * FROM auth.users) TO STDOUT CSV HEADER"))
        keep("supabase.json", as_postgres("psql", *base, "-At", "-c", "SELECT json_agg(u) FROM auth.users u"))
        keep("supabase.sql", as_postgres("pg_dump", *base))
        keep("supabase-inserts.sql", as_postgres("pg_dump", *base, "--data-only", "--column-inserts", "--table", "auth.users"))
    finally:
        as_postgres(bin + "pg_ctl", "-D", folder + "/d", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def wordpress():
    """wp_users of WordPress' own schema; $WORK/wp.json has the rows, from make.py."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    quote = lambda value: "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
    shutil.chown(folder, "mysql")
    run("mariadb-install-db", f"--datadir={folder}/d", "--user=mysql", "--auth-root-authentication-method=normal")
    server = subprocess.Popen(["mariadbd", f"--datadir={folder}/d", "--user=mysql", f"--socket={folder}/s", "--skip-networking", f"--pid-file={folder}/pid"], stderr=subprocess.DEVNULL)
    try:
        login_to = [f"--socket={folder}/s", "-u", "root", "--default-character-set=utf8mb4"]
        run("mariadb-admin", *login_to, "--wait=30", "ping")
        schema = """CREATE TABLE wp_users (ID bigint(20) unsigned NOT NULL auto_increment, user_login varchar(60) NOT NULL default '', user_pass varchar(255) NOT NULL default '',
user_nicename varchar(50) NOT NULL default '', user_email varchar(100) NOT NULL default '', user_url varchar(100) NOT NULL default '', user_registered datetime NOT NULL default '0000-00-00 00:00:00',
user_activation_key varchar(255) NOT NULL default '', user_status int(11) NOT NULL default '0', display_name varchar(250) NOT NULL default '', PRIMARY KEY (ID), KEY user_login_key (user_login),
KEY user_nicename (user_nicename), KEY user_email (user_email)) DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE wp_options (option_id bigint(20) unsigned NOT NULL auto_increment, option_name varchar(191), option_value longtext, PRIMARY KEY (option_id));
INSERT INTO wp_options VALUES (1, 'siteurl', 'it\\'s; INSERT INTO wp_users VALUES (1);');"""
        rows = json.load(open(f"{WORK}/wp.json"))
        inserts = "INSERT INTO wp_users (" + ", ".join(rows[0]) + ") VALUES " + ",\n".join("(" + ", ".join(map(quote, row.values())) + ")" for row in rows) + ";"
        run("mariadb", *login_to, text="SET sql_mode=''; CREATE DATABASE wp; USE wp; " + schema + inserts)
        keep("wordpress.sql", run("mariadb-dump", *login_to, "wp"))
        keep("wordpress-complete.sql", run("mariadb-dump", *login_to, "--complete-insert", "--skip-extended-insert", "wp", "wp_users"))
        keep("wordpress-rows.csv", run("mariadb", *login_to, "--batch", "wp", "-e", "SELECT * FROM wp_users"))
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def openldap():
    folder = tempfile.mkdtemp()
    ssha = cached(lambda n: "{SSHA}" + b64(hashlib.sha1(secret(n) + salt(n, 8)).digest() + salt(n, 8)))
    entries = ["dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n", "dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n"]
    for n in range(COUNT):
        entries.append(f"dn: uid={login(n)},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: {login(n)}\ncn:: {b64(full(n).encode())}\nsn: O'Neil\ngivenName:: {b64('Zoë'.encode())}\n"
                       f"mail: {email(n)}\nuserPassword: {ssha(n)}\n")
    with open(folder + "/slapd.conf", "w") as out:
        out.write("".join(f"include /etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson"))
                  + f"modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nsuffix dc=example,dc=com\nrootdn cn=admin,dc=example,dc=com\nrootpw x\ndirectory {folder}/d\nmaxsize 100000000\n")
    os.mkdir(folder + "/d")
    run("slapadd", "-f", folder + "/slapd.conf", text="\n".join(entries))
    keep("openldap.ldif", run("slapcat", "-f", folder + "/slapd.conf"))
    server = subprocess.Popen(["slapd", "-d", "0", "-f", folder + "/slapd.conf", "-h", f"ldapi://{folder.replace('/', '%2f')}%2fs"], stderr=subprocess.DEVNULL)
    try:
        search = ["ldapsearch", "-x", "-H", f"ldapi://{folder.replace('/', '%2f')}%2fs", "-D", "cn=admin,dc=example,dc=com", "-w", "x", "-b", "dc=example,dc=com"]
        for _ in range(100):
            if os.path.exists(folder + "/s"):
                break
            threading.Event().wait(0.1)
        keep("ldapsearch.ldif", run(*search, "(objectClass=inetOrgPerson)"))
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def keycloak():
    key = cached(lambda n: hashlib.pbkdf2_hmac("sha256", secret(n), salt(n), 1000, 64))
    digests = json.dumps([{"key": b64(key(n)), "salt": b64(salt(n)), "bcrypt": bcrypt_of(n).replace("$2b$", "$2a$"), "argon2": argon2_of(n).split("$")[-1] + "=", "name": full(n)} for n in range(TURN)])
    for version, kinds in (("24.0.5", ("realm", "users", "bcrypt", "argon2", "api")), ("7.0.1", ("old",))):
        folder = tempfile.mkdtemp()
        source = open(f"{HERE}/Keycloak.java").read()
        if version.startswith("7"):
            source = source.replace("c.setSecretData", "// c.setSecretData").replace("c.setCredentialData", "// c.setCredentialData").replace("// old: ", "")
        with open(folder + "/Keycloak.java", "w") as out:
            out.write(source)
        path = f"{WORK}/kc/{version}/lib/*:{folder}"
        run("javac", "-cp", path, folder + "/Keycloak.java")
        for kind in kinds:
            keep(f"keycloak-{kind}.json", run("java", "-cp", path, "Keycloak", kind, str(COUNT), text=digests))


def kratos():
    rows = json.dumps([{"id": ident(n), "email": email(n), "name": full(n), "digest": bcrypt_of(n) if n % TURN % 2 else argon2_of(n)} for n in range(COUNT)])
    for kind in ("list", "cli"):
        keep(f"kratos-{kind}.json", run("go", "run", "-mod=mod", ".", kind, text=rows, cwd=f"{WORK}/kr"))


if __name__ == "__main__":
    for name in sys.argv[1:] or ("firebase", "cognito", "supabase", "wordpress", "openldap", "keycloak", "kratos"):
        globals()[name]()
