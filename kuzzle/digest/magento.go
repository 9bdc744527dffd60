package digest

import (
	"context"
	"strings"
)

// Magento 2 writes hash:salt:versions. Each version is a hash function over the salt and the
// result of the version before it: 0 is MD5, 1 SHA-256, 2 argon2id with fixed parameters, and
// 3_size_passes_bytes argon2id with those.
const (
	magentoSalt   = 16       // bytes of argon2id's salt
	magentoMemory = 64 << 10 // KiB of version 2
)

// readMagento reads a digest with a version of argon2id or with several versions. ok is
// false for any other text.
func readMagento(format, text string) (d *stored, ok bool, err error) {
	parts := strings.Split(text, ":")
	if len(parts) < 3 || len(parts) == 3 && len(parts[2]) < 2 && parts[2] != "2" {
		return nil, false, nil
	}
	for _, version := range parts[2:] {
		if version != "0" && version != "1" && version != "2" && !strings.HasPrefix(version, "3_") {
			return nil, false, nil
		}
	}
	if parts[1] == "" || len(parts[1]) > maxSalt || len(parts) > 2+maxSlow {
		return nil, true, malformed(format, "the salt is empty or too long, or there are more than %d versions", maxSlow)
	}
	salt, made := constant([]byte(parts[1])), thePassword()
	for _, version := range parts[2:] {
		switch version {
		case "0", "1":
			a := []algorithm{md5Hash, sha256Hash}[version[0]-'0']
			made = hashOf(a, joined([]*part{salt, made}))
		default:
			k := argon2KDF{kind: "id", memory: magentoMemory, passes: 2, lanes: 1, salt: magentoSaltOf(parts[1])}
			size := int64(newSum)
			if numbers := strings.Split(version, "_"); len(numbers) > 1 {
				var bytes int64
				for i, into := range []*int64{&size, &k.passes, &bytes} {
					if len(numbers) != 4 {
						return nil, true, malformed(format, "version 3 needs a size, passes and memory")
					}
					if *into, err = number(format, "a number of version 3", numbers[i+1]); err != nil {
						return nil, true, err
					}
				}
				k.memory = bytes >> 10
			}
			if err = k.check(format); err != nil {
				return nil, true, err
			}
			if size < minSum || size > maxSum {
				return nil, true, malformed(format, "the hash has %d bytes, %d to %d are allowed", size, minSum, maxSum)
			}
			made = slowly(k, int(size), made)
		}
		made = inHex(made)
	}
	made = made.args[0]
	sum, err := unhex(format, "the hash", parts[0], made.fixed, made.fixed)
	return &stored{ways: []kdf{magentoKDF{recipeKDF{part: made}}}, sum: sum, insecure: len(made.slow) == 0, blank: blankAt(text, 0, len(parts[0]), "0")}, true, err
}

// magentoSaltOf returns the beginning of a salt, or the salt repeated.
func magentoSaltOf(salt string) []byte {
	return []byte(strings.Repeat(salt, magentoSalt/len(salt)+1)[:magentoSalt])
}

// magentoKDF is a chain of versions.
type magentoKDF struct{ recipeKDF }

func (k magentoKDF) shown() map[string]any {
	if len(k.slow) == 0 {
		return map[string]any{"hash": "several"}
	}
	return k.slow[len(k.slow)-1].shown()
}

func (k magentoKDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}
