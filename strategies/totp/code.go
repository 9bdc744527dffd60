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
	// window is how many steps before and after the present one count.
	window = 1
)

// codeAt is the code of a step: HOTP of RFC 4226 with the step for a counter.
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

// match returns the step that a code is of. Only those near the present count that
// come after the last one that was taken.
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

// isCode reports whether a text is six digits and nothing else: a code in another
// spelling would be another text to whatever remembers codes.
func isCode(text string) bool { return len(text) == digits && strings.Trim(text, "0123456789") == "" }
