// Digests that need a recipe, by passport-local-mongoose itself, bcryptjs and node:crypto.
import bcrypt from 'bcryptjs'
import mongoose from 'mongoose'
import passportLocalMongoose from 'passport-local-mongoose'
import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto'

const password = 'Tr0ub4dor&3 ü'
const row = (recipe, note, digest, values = {}) => console.log(JSON.stringify({ recipe, note, values, digest, password }))
const schema = new mongoose.Schema({})
schema.plugin(passportLocalMongoose)
const user = new (mongoose.model('User', schema))({ username: 'ada' })
await user.setPassword(password)
row('passport-local-mongoose', 'passport-local-mongoose', user.get('hash'), { salt: user.get('salt') })
row('nodebb', 'bcryptjs as NodeBB calls it', bcrypt.hashSync(createHash('sha512').update(password).digest('hex'), 4))
row("bcrypt(hex(hmac_sha256(pepper, password)))", 'bcryptjs after an HMAC', bcrypt.hashSync(createHmac('sha256', 'pep').update(password).digest('hex'), 4), { pepper: 'pep' })
row('sha512(concat(salt, password, pepper))', 'node:crypto, base64', createHash('sha512').update('s4lt' + password + 'pep').digest('base64'), { salt: 's4lt', pepper: 'pep' })
row('pbkdf2_sha512(hex(md5(password)), salt, 1000, 64)', 'node:crypto, PBKDF2 after MD5', pbkdf2Sync(createHash('md5').update(password).digest('hex'), 's4lt', 1000, 64, 'sha512').toString('hex'), { salt: 's4lt' })
row("scrypt(base64(sha224(password)), salt, 512, 8, 1, 32)", 'node:crypto, scrypt after SHA-224', scryptSync(createHash('sha224').update(password).digest('base64'), 's4lt', 32, { N: 512 }).toString('base64'), { salt: 's4lt' })
process.exit(0)
