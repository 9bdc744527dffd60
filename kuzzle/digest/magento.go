package digest

import (
	"context"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// Magento 2 writes hash:salt:versions. Each version is a hash function over the salt and the
// result of the version before it: 0 is MD5, 1 SHA-256, 2 argon2id with fixed parameters, and
// 3_size_passes_bytes argon2id with those.
const (
	magentoSalt   = 16       // bytes of argon2id's salt
	magentoMemory = 64 << 20 // bytes of version 2
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
	if parts[1] == "" || len(parts[1]) > maxSalt || len(parts) > 2+recipe.MaxSlow {
		return nil, true, malformed(format, "the salt is empty or too long, or there are more than %d versions", recipe.MaxSlow)
	}
	made, size := recipe.PasswordName, 0
	for _, version := range parts[2:] {
		switch version {
		case "0", "1":
			a := []algorithm{md5Hash, sha256Hash}[version[0]-'0']
			made, size = fmt.Sprintf("hex(%s(concat(salt, %s)))", a.name, made), a.size
		default:
			numbers := [3]int64{newSum, 2, magentoMemory}
			if given := strings.Split(version, "_"); len(given) > 1 {
				if len(given) != 1+len(numbers) {
					return nil, true, malformed(format, "version 3 needs a size, passes and memory")
				}
				for i := range numbers {
					if numbers[i], err = number(format, "a number of version 3", given[i+1]); err != nil {
						return nil, true, err
					}
				}
			}
			made = fmt.Sprintf("hex(argon2id(%s, beginning, %d, %d, 1, %d))", made, numbers[2]>>10, numbers[1], numbers[0])
			size = int(min(numbers[0], recipe.MaxSize))
		}
	}
	root, err := recipe.Parse(made)
	if err != nil {
		return nil, true, badRecipe(err)
	}
	step, err := recipe.Compiler{Values: map[string]string{"salt": parts[1], "beginning": magentoSaltOf(parts[1])}, Slow: slowFunction}.Compile(root)
	if err != nil {
		return nil, true, malformed(format, "its parameters cannot be used")
	}
	sum, err := unhex(format, "the hash", parts[0], size, size)
	k := magentoKDF{recipeKDF{Step: step.Inside(root)}}
	return &stored{ways: []kdf{k}, sum: sum, insecure: len(step.Slow) == 0, blank: blankAt(text, 0, len(parts[0]), "0")}, true, err
}

// magentoSaltOf returns the beginning of a salt, or the salt repeated.
func magentoSaltOf(salt string) string {
	return strings.Repeat(salt, magentoSalt/len(salt)+1)[:magentoSalt]
}

// magentoKDF is a chain of versions.
type magentoKDF struct{ recipeKDF }

func (k magentoKDF) shown() map[string]any {
	if len(k.parts()) == 0 {
		return map[string]any{"hash": "several"}
	}
	return k.parts()[len(k.parts())-1].shown()
}

func (k magentoKDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}
