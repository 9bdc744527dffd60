package digest

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// Class returns a text that is the same for all digests of the same cost. It contains only
// the format and that cost.
func Class(d Digest) string {
	return fmt.Sprintf("%s %v %d KiB", d.Describe().Hasher, d.Effort(), d.Cost().Memory>>10)
}

// Decoy returns a digest of the same class that no password matches: the given one without
// its sum. For a digest that is verified elsewhere, it names a user that does not exist.
func Decoy(d Digest) (hasher, text string) {
	switch d := d.(type) {
	case whole:
		return Decoy(d.Digest)
	case *Wrapped:
		return WrappedName, WrappedText(d.hasher, d.text, d.outer.blank())
	case *cognito:
		return Cognito{}.Name(), strings.Join([]string{"awscognito", d.pool, d.client, "nobody-" + rand.Text()}, "#")
	case *stored:
		return d.format, d.blank()
	}
	return "", ""
}
