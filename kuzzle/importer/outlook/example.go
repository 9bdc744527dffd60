package outlook

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// Hidden stands for a value that may be a secret.
const Hidden = "a value that is not shown"

const (
	// maxShown is the longest example, in characters.
	maxShown = 40
	// tokenLength is the least length of a word that may be a token.
	tokenLength = 16
)

// secretNames are parts of names whose values are secrets, without case and separators.
var secretNames = []string{
	"pass", "pwd", "pw", "parol", "kennwort", "senha", "contrase", "mdp", "wachtwoord", "haslo", "heslo", "salasana", "hash", "digest", "crypt", "salt", "secret", "token", "key", "otp", "mfa", "code", "pin", "nonce", "cookie", "session",
	"credential", "uniquifier", "signature", "answer", "recovery", "reset", "verif", "activat", "confirm", "invit", "magic", "backup", "2fa", "tfa",
	"auth", "jwt", "csrf", "seed", "ssn", "card", "iban",
}

// Example returns a value as a person reads it: a quoted text of at most 40 characters, a
// number, the kind of a list or an object, or [Hidden].
func Example(name string, value any) string {
	switch v := value.(type) {
	case map[string]any:
		return fmt.Sprintf("an object of %d members", len(v))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case bool:
		return strconv.FormatBool(v) // no secret
	}
	if soundsSecret(name) {
		return Hidden
	}
	switch v := value.(type) {
	case string:
		if looksSecret(v) {
			return Hidden
		}
		return strconv.Quote(cut(v))
	case float64, json.Number:
		return cut(fmt.Sprint(v))
	}
	return Hidden
}

func soundsSecret(name string) bool {
	plain := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, name)
	for _, word := range secretNames {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}

// looksSecret reports whether a text could be a digest, a token, an address with one in it, or a
// structure that holds one.
func looksSecret(text string) bool {
	text = strings.TrimSpace(text)
	if _, isTime := values.Time(text); isTime {
		return false
	}
	if digest.Likely(text) || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return true
	}
	for word := range strings.FieldsSeq(text) {
		letters, digits := strings.IndexFunc(word, unicode.IsLetter) >= 0, strings.IndexFunc(word, unicode.IsDigit) >= 0
		switch {
		case strings.Contains(word, "://") && strings.ContainsAny(word, "?#@"):
			return true
		case len(word) >= tokenLength && letters && digits && !strings.Contains(word, "@"):
			return true
		case len(word) >= 2*tokenLength && !strings.ContainsAny(word, "@/-_."):
			return true
		}
	}
	return false
}

func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= maxShown {
		return text
	}
	return string(runes[:maxShown-1]) + "…"
}
