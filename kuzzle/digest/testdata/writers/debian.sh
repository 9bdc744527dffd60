#!/usr/bin/env bash
# Digests by OpenLDAP's slappasswd, Dovecot's doveadm, PHP, Ruby and Perl's crypt(3), as Debian has them.
set -euo pipefail
PW='Tr0ub4dor&3 ü'
row() { python3 -c 'import json, sys; print(json.dumps({"hasher": sys.argv[1], "note": sys.argv[2], "digest": sys.argv[3], "password": sys.argv[4], "valid": True, "malformed": False}, ensure_ascii=False))' "$1" "$2" "$3" "$PW"; }
slap() { # module scheme hasher
  row "$3" "slappasswd $2" "$(slappasswd ${1:+-o module-load=$1} -h "$2" -n -s "$PW")"
}
slap argon2.so '{ARGON2}' ldap
for s in SHA1 SHA256 SHA512; do slap pw-pbkdf2.so "{PBKDF2-$s}" "$([ $s = SHA1 ] && echo ldap || echo "ldap_pbkdf2_${s,,}")"; done
slap pw-pbkdf2.so '{PBKDF2}' ldap
for s in 256 384 512; do slap pw-sha2.so "{SHA$s}" ldap; slap pw-sha2.so "{SSHA$s}" "$([ $s = 384 ] && echo ldap || echo "ldap_ssha$s")"; done
slap '' '{SSHA}' ldap_ssha; slap '' '{SMD5}' ldap_smd5; slap '' '{SHA}' ldap_sha; slap '' '{MD5}' ldap_md5
row ldap_crypt 'slappasswd {CRYPT} with $6$' "$(slappasswd -h '{CRYPT}' -c '$6$rounds=1000$%.16s' -n -s "$PW")"

dove() { row "$2" "doveadm pw -s $1" "$(doveadm pw -s "$1" ${3:+-r $3} -p "$PW")"; }
dove PBKDF2 ldap 1000; dove BLF-CRYPT ldap 4; dove ARGON2ID ldap; dove ARGON2I ldap; dove SHA512-CRYPT ldap 1000; dove SHA256-CRYPT ldap 1000; dove MD5-CRYPT ldap
dove SSHA ldap_ssha; dove SSHA256 ldap_ssha256; dove SSHA512 ldap_ssha512; dove SMD5 ldap_smd5; dove SHA ldap_sha; dove SHA1 ldap; dove SHA256 ldap; dove SHA512 ldap
dove LDAP-MD5 ldap; dove PLAIN-MD5 ldap; dove MD5 ldap_md5; dove CRYPT ldap_crypt; dove PLAIN ldap

php() { row "$1" "PHP $2" "$(command php -r "$3" "$PW")"; }
php bcrypt password_hash 'echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 4]);'
php argon2i password_hash 'echo password_hash($argv[1], PASSWORD_ARGON2I, ["memory_cost" => 512]);'
php argon2id password_hash 'echo password_hash($argv[1], PASSWORD_ARGON2ID, ["memory_cost" => 512]);'
php bcrypt 'crypt with $2x$' 'echo crypt($argv[1], "\$2x\$04\$abcdefghijklmnopqrstuu");'
php sha512_crypt crypt 'echo crypt($argv[1], "\$6\$rounds=1000\$saltsalt\$");'
row bcrypt "Ruby's bcrypt gem" "$(ruby -rbcrypt -e 'puts BCrypt::Password.create(ARGV[0], cost: 4)' "$PW")"
row bcrypt "Perl, libxcrypt's \$2x\$" "$(perl -e 'print crypt($ARGV[0], "\$2x\$05\$zyxwvutsrqponmlkjihgfe")' "$PW")"
row yescrypt "Perl, libxcrypt" "$(perl -e 'print crypt($ARGV[0], "\$y\$j9T\$F5Jx5fExrKuPp53xLKQ..1\$")' "$PW")"

# Magento 2 and MediaWiki, as their sources call PHP
shop='$s = "8qnyO4H1OYIfGCUbXYZ012"; $p = $argv[1]; $argon = fn($d, $m) => bin2hex(sodium_crypto_pwhash(32, $d, substr($s, 0, 16), 2, $m, SODIUM_CRYPTO_PWHASH_ALG_ARGON2ID13)); echo '
row hash_colon_salt 'PHP: Magento 2.3, argon2id' "$(command php -r "$shop"'$argon($p, 64 << 20).":$s:2";' "$PW")"
row hash_colon_salt 'PHP: Magento 2.3, argon2id over SHA-256' "$(command php -r "$shop"'$argon(hash("sha256", $s.$p), 64 << 20).":$s:1:2";' "$PW")"
row hash_colon_salt 'PHP: Magento 2.4, argon2id with its parameters' "$(command php -r "$shop"'$argon($p, 8 << 20).":$s:3_32_2_".(8 << 20);' "$PW")"
row hash_colon_salt 'PHP: Magento 2, SHA-256 over MD5' "$(command php -r "$shop"'hash("sha256", $s.md5($s.$p)).":$s:0:1";' "$PW")"
row prefixed 'PHP: MediaWiki, type A' "$(command php -r 'echo ":A:".md5($argv[1]);' "$PW")"
row prefixed 'PHP: MediaWiki, type B' "$(command php -r 'echo ":B:abc12345:".md5("abc12345-".md5($argv[1]));' "$PW")"
