package systems

import (
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// readAppwrite reads a user of Appwrite's list of users.
func readAppwrite(raw []byte) (*User, error) {
	u, m, err := open(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{
		"$id": "id", "name": "content.fullname", "registration": "createdAt", "accessedAt": "lastActiveAt", "labels": "roles", "prefs": "accountMetadata.unsafe",
		"status": "enabled", "mfa": "factorLeft",
	})
	u.email(m.text("email"), m.take("emailVerification"))
	u.phone(m.text("phone"), m.take("phoneVerification"))
	u.appwriteDigest(m.text("password"), m.text("hash"), m.object("hashOptions"))
	m.drop("$createdAt $updatedAt $sequence $databaseId $collectionId $tableId $permissions passwordUpdate targets hashOptions")
	return u, nil
}

// appwriteDigest reads a digest of a kind with its parameters beside it.
func (u *User) appwriteDigest(digest, kind string, options members) {
	switch {
	case digest == "":
	case kind == "argon2", kind == "bcrypt", kind == "phpass":
		u.digest("", digest)
	case kind == "md5":
		u.digest("md5", digest)
	case kind == "sha":
		switch version := text(options["version"]); version {
		case "sha1":
			u.digest("ldap_sha", "{SHA}"+digest)
		case "sha256", "sha384", "sha512":
			u.digest("ldap", "{SHA"+version[len("sha"):]+"}"+digest)
		default:
			u.lack("password", "the file does not say of which SHA the digest is, or it is SHA-3")
		}
	case kind == "scrypt":
		u.digest("scrypt_werkzeug", fmt.Sprintf("scrypt:%s:%s:%s$%s$%s", text(options["costCpu"]), text(options["costMemory"]), text(options["costParallel"]), text(options["salt"]), digest))
	case kind == "scryptMod":
		const rounds, memory = 8, 14 // of all of Firebase's projects
		u.digest("scrypt_firebase", values.FirebaseDigest(digest, text(options["salt"]), text(options["signerKey"]), text(options["saltSeparator"]), rounds, memory))
	default:
		u.lack("hash", "digests of this kind are not supported")
	}
}
