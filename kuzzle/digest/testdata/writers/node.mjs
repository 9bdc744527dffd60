// Digests by npm's argon2, @phc/argon2, @phc/pbkdf2, bcryptjs, passport-local-mongoose' form and better-auth.
import argon2 from 'argon2'
import phcArgon2 from '@phc/argon2'
import phcPBKDF2 from '@phc/pbkdf2'
import bcrypt from 'bcryptjs'
import { hashPassword } from 'better-auth/crypto'
import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'

const password = 'Tr0ub4dor&3 ü'
const row = (hasher, note, digest) => console.log(JSON.stringify({ hasher, note, digest, password, valid: true, malformed: false }))
for (const [kind, type] of [['d', argon2.argon2d], ['i', argon2.argon2i], ['id', argon2.argon2id]]) {
  row('argon2', 'npm argon2, kind ' + kind, await argon2.hash(password, { type, memoryCost: 512, timeCost: 3, parallelism: 2 }))
}
row('argon2', '@phc/argon2', await phcArgon2.hash(password, { memory: 512, iterations: 2, parallelism: 1 }))
row('passlib_pbkdf2', '@phc/pbkdf2', await phcPBKDF2.hash(password, { iterations: 1000 }))
row('bcrypt', 'bcryptjs', bcrypt.hashSync(password, 4))
row('better_auth_scrypt', 'better-auth', await hashPassword(password))
const salt = randomBytes(32).toString('hex')
row('pbkdf2_sha512', "node:crypto as passport-local-mongoose has it, 512 bytes", `pbkdf2_sha512$1000$${salt}$${pbkdf2Sync(password, salt, 1000, 512, 'sha512').toString('hex')}`)
const raw = randomBytes(16)
const key = pbkdf2Sync(password, raw, 1000, 64, 'sha512')
row('passlib_pbkdf2', 'node:crypto, PHC with padding', `$pbkdf2-sha512$i=1000,l=64$${raw.toString('base64')}$${key.toString('base64')}`)
row('passlib_pbkdf2', 'node:crypto, base64url', `$pbkdf2-sha512$l=64,i=1000$${raw.toString('base64url')}$${key.toString('base64url')}`)
row('passlib_pbkdf2', 'node:crypto, rounds=', `$pbkdf2-sha512$rounds=1000$${raw.toString('base64')}$${key.toString('base64')}`)
const derived = scryptSync(password, raw, 64, { N: 512, r: 8, p: 1 })
row('scrypt_phc', 'node:crypto, parameters in another order', `$scrypt$r=8,p=1,ln=9$${raw.toString('base64')}$${derived.toString('base64')}`)
