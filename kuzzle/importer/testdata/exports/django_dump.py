#!/usr/bin/env python3
"""Writes Django's exports by Django itself: dumpdata, and rows of auth_user in CSV and SQL as SQLite writes
them. It needs PyPI's django, bcrypt and argon2-cffi."""
import csv, io, os, sqlite3, tempfile
from people import *

path = os.path.join(tempfile.mkdtemp(), "db.sqlite3")
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}})
django.setup()
from datetime import datetime, timezone
from django.contrib.auth.hashers import Argon2PasswordHasher, BCryptSHA256PasswordHasher, PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher
from django.contrib.auth.models import Group, User
from django.core.management import call_command


class Argon2(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 64, 1


class BCrypt(BCryptSHA256PasswordHasher):
    rounds = 4


def digest(n):
    hasher = (PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher, Argon2, BCrypt)[n % 4]()
    if hasher.algorithm.startswith("pbkdf2"):
        return hasher.encode(password(n), salt(n).hex(), 1000)
    return hasher.encode(password(n), bcrypt_of(n)[:29].encode() if hasher.algorithm.startswith("bcrypt") else salt(n).hex())


digest = cached(digest)
call_command("migrate", verbosity=0)
group = Group.objects.create(name="staff")
User.objects.bulk_create(User(username=login(n), email=email(n), first_name="Zoë", last_name=full(n), password=digest(n), is_active=True, is_staff=n % 7 == 0,
                              date_joined=datetime(2022, 1, 2, 3, 4, 5, 123456, timezone.utc)) for n in range(COUNT))
User.objects.first().groups.add(group)
for name, how in (("django-dumpdata.json", {"format": "json", "indent": 2}), ("django-dumpdata.jsonl", {"format": "jsonl"})):
    out = io.StringIO()
    call_command("dumpdata", "auth.user", stdout=out, **how)
    keep(name, out.getvalue())
base = sqlite3.connect(path)
rows = base.execute("SELECT * FROM auth_user")
out = io.StringIO()
writer = csv.writer(out)
writer.writerow([column[0] for column in rows.description])
writer.writerows(rows)
keep("django-rows.csv", out.getvalue())
keep("django-sqlite.sql", "PRAGMA foreign_keys=OFF;\n" + "\n".join(base.iterdump()) + "\n")
