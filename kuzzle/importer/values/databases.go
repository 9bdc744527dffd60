package values

import (
	"fmt"
	"strings"
)

// SupabaseProvider returns the user's only provider besides the own addresses, "" for none.
// If there are several, the table does not show which of them the id belongs to.
func SupabaseProvider(app map[string]any) string {
	all, _ := app["providers"].([]any)
	found := ""
	for _, one := range append(all, app["provider"]) {
		name, _ := one.(string)
		switch {
		case name == "" || name == "email" || name == "phone" || name == found:
		case found != "":
			return ""
		default:
			found = name
		}
	}
	return found
}

// SupabaseID returns the user's id at the only provider.
func SupabaseID(user map[string]any) string {
	id, _ := user["provider_id"].(string)
	if id == "" {
		id, _ = user["sub"].(string)
	}
	return id
}

// DjangoHasher returns the format of a digest of Django's.
func DjangoHasher(digest string) string {
	name, _, _ := strings.Cut(digest, "$")
	switch name {
	case "bcrypt_sha256":
		return "bcrypt_sha256_django"
	case "pbkdf2_sha256":
		return "pbkdf2_sha256_django"
	}
	return "django"
}

// ShowsFormat reports whether a digest shows itself that it is bcrypt's or argon2's, which
// many systems use.
func ShowsFormat(digest string) bool {
	return strings.HasPrefix(digest, "$2") || strings.HasPrefix(digest, "$argon2")
}

// FirebaseDigest returns a digest with its salt and the project's parameters.
func FirebaseDigest(digest, salt, signerKey, saltSeparator string, rounds, memory int) string {
	return fmt.Sprintf("%s$%s$%s$%s$%d$%d", digest, salt, signerKey, saltSeparator, rounds, memory)
}
