#!/usr/bin/env bash
# Digests that need a recipe, by PHP's and Ruby's own functions, as Debian has them.
set -euo pipefail
PW='Tr0ub4dor&3 ü'
row() { python3 -c 'import json, sys; a = sys.argv; print(json.dumps({"recipe": a[1], "note": a[2], "values": dict(v.split("=", 1) for v in a[5:]), "digest": a[3], "password": a[4]}, ensure_ascii=False))' "$1" "$2" "$3" "$PW" "${@:4}"; }
php() { command php -r "$1" "$PW"; }
row devise-pepper "Ruby's bcrypt gem with a pepper" "$(ruby -rbcrypt -e 'puts BCrypt::Password.create("#{ARGV[0]}a pepper", cost: 4)' "$PW")" 'pepper=a pepper'
row 'bcrypt(base64(hmac_sha256(pepper, password)))' 'PHP, password_hash after hash_hmac' "$(php 'echo password_hash(base64_encode(hash_hmac("sha256", $argv[1], "pep", true)), PASSWORD_BCRYPT, ["cost" => 4]);')" pepper=pep
row vbulletin5 'PHP as vBulletin 5 calls it' "$(php 'echo password_hash(md5($argv[1]), PASSWORD_BCRYPT, ["cost" => 4]);')"
row vbulletin 'PHP as vBulletin 3 calls it' "$(php 'echo md5(md5($argv[1])."x#y");')" 'salt=x#y'
row 'sha1(concat(salt, hex(sha1(concat(salt, hex(sha1(password)))))))' 'PHP as OpenCart 2 calls it' "$(php 'echo sha1("s4lt".sha1("s4lt".sha1($argv[1])));')" salt=s4lt
row 'md5(concat(hex(md5(salt)), hex(md5(password))))' 'PHP as MyBB calls it' "$(php 'echo md5(md5("s4lt").md5($argv[1]));')" salt=s4lt
row 'argon2(hex(sha256(concat(password, pepper))))' 'PHP, argon2id after SHA-256' "$(php 'echo password_hash(hash("sha256", $argv[1]."pep"), PASSWORD_ARGON2ID, ["memory_cost" => 512]);')" pepper=pep
row 'hex(pbkdf2_sha256(password, unhex(salt), 1000, 32))' 'PHP, hash_pbkdf2' "$(php 'echo bin2hex(hash_pbkdf2("sha256", $argv[1], "0123456789abcdef", 1000, 32, true));')" salt=30313233343536373839616263646566
