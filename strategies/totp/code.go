package totp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const (
	period  = 30 // seconds
	digits  = 6
	modulus = 1_000_000
	// window is how many steps before and after the current one are accepted.
	window = 1
)

// codeAt returns the code of a step: HOTP of RFC 4226 with the step as the counter.
func codeAt(key []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%modulus)
}

// match returns the step of a code. It accepts steps near the current one that come after the last
// used one.
func match(key []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	present := now.Unix() / period
	for s := present - window; s <= present+window; s++ {
		same := subtle.ConstantTimeCompare([]byte(codeAt(key, s)), []byte(code)) == 1
		if same && s > last && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// isCode reports whether a text is exactly six digits. If other spellings were accepted, used codes
// could not be recognised by their text.
func isCode(text string) bool { return len(text) == digits && strings.Trim(text, "0123456789") == "" }
