package token

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// MaxBytes is the maximum length of a token; longer ones are not parsed.
const MaxBytes = 8 << 10

// Prefixes of the two kinds of token.
const (
	SessionPrefix = "kauth-"
	APIKeyPrefix  = "kapikey-"
)

// Kind tells how a token must be checked.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota
	Session
	APIKey
)

// KindOf returns a token's kind by its prefix; Unknown for a token longer than
// MaxBytes.
func KindOf(token string) Kind {
	switch {
	case len(token) > MaxBytes:
		return Unknown
	case strings.HasPrefix(token, SessionPrefix):
		return Session
	case strings.HasPrefix(token, APIKeyPrefix):
		return APIKey
	}
	return Unknown
}

// Fingerprint returns the stored form of an API key: the SHA-256 of the whole
// string with its prefix, in lower-case hex. Keys made elsewhere work if their
// fingerprints were made in the same way.
func Fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Claims are the claims of a session token.
type Claims struct {
	// Kuid is the user, not empty and valid UTF-8.
	Kuid string
	// Session is the id of the stored session.
	Session string
	// ID is unique to the token; Sign makes one if it is empty.
	ID string
	// IssuedAt has a precision of seconds in the token; Sign uses the current
	// time if it is zero.
	IssuedAt time.Time
	// Expires is, in the token, as many whole seconds behind IssuedAt as it is here,
	// rounded up, so that what clients count is what was asked for. The token counts
	// until the end of that second: it lives at least as long as was asked for. Zero
	// is never.
	Expires time.Time
}

// wireClaims are Claims in the form of the payload, with seconds since 1970.
type wireClaims struct {
	Kuid    string `json:"_id"`
	Issued  int64  `json:"iat"`
	Expires *int64 `json:"exp,omitempty"`
	ID      string `json:"jti"`
	Session string `json:"sid,omitempty"`
}

func (c Claims) wire() wireClaims {
	w := wireClaims{Kuid: c.Kuid, Issued: c.IssuedAt.Unix(), ID: c.ID, Session: c.Session}
	if !c.Expires.IsZero() {
		seconds := c.Expires.Unix()
		if c.Expires.Nanosecond() > c.IssuedAt.Nanosecond() {
			seconds++
		}
		w.Expires = &seconds
	}
	return w
}

func (w wireClaims) claims() Claims {
	c := Claims{Kuid: w.Kuid, Session: w.Session, ID: w.ID, IssuedAt: time.Unix(w.Issued, 0).UTC()}
	if w.Expires != nil {
		c.Expires = time.Unix(*w.Expires, 0).UTC()
	}
	return c
}

// MarshalJSON writes the payload so that its base64url form is plain base64
// too, because some clients decode it as that. The two alphabets differ in the
// digits 62 and 63. An ASCII byte produces those only as the last of three
// bytes and if it ends in 11111x: that is > ? ~ and DEL.
func (w wireClaims) MarshalJSON() ([]byte, error) {
	type plain wireClaims
	text, err := json.Marshal(plain(w))
	if err != nil {
		return nil, err
	}
	return escape(text), nil
}

// escape rewrites these characters of a JSON text as \uXXXX. They occur inside
// its strings only.
func escape(text []byte) []byte {
	const hexDigits = "0123456789abcdef"
	out := make([]byte, 0, len(text)+16)
	unit := func(u rune) {
		out = append(out, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
	}
	for _, r := range string(text) {
		switch {
		case r < utf8.RuneSelf && r&0x3e != 0x3e:
			out = append(out, byte(r))
		case r < 0x10000:
			unit(r)
		default:
			r -= 0x10000
			unit(0xd800 + r>>10)
			unit(0xdc00 + r&0x3ff)
		}
	}
	return out
}

// The methods that the JWT library requires of claims. The library does not
// check the times: [Sessions.Verify] checks them by the caller's clock.
var _ jwt.Claims = wireClaims{}

// GetExpirationTime returns nil: see above.
func (wireClaims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuedAt returns nil: see above.
func (wireClaims) GetIssuedAt() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore returns nil: there is no such claim.
func (wireClaims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuer returns "": there is no such claim.
func (wireClaims) GetIssuer() (string, error) { return "", nil }

// GetSubject returns "": the user is in _id.
func (wireClaims) GetSubject() (string, error) { return "", nil }

// GetAudience returns nil: there is no such claim.
func (wireClaims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
