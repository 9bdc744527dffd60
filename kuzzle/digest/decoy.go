package digest

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// Class names what it costs to verify a digest: those of one class cost the
// same. It holds nothing of the digest but its format and that cost.
func Class(d Digest) string {
	return fmt.Sprintf("%s %v %d KiB", d.Describe().Hasher, d.Effort(), d.Cost().Memory>>10)
}

// Decoy writes a digest of the same class that no password fits: the one given,
// without its sum. One that is verified elsewhere asks for somebody whom nobody
// knows.
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
