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

// MaxBytes is the longest token that is looked at.
const MaxBytes = 8 << 10

// Prefixes of the two kinds of token.
const (
	SessionPrefix = "kauth-"
	APIKeyPrefix  = "kapikey-"
)

// Kind tells how a token has to be checked.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota
	Session
	APIKey
)

// KindOf tells a token's kind by its prefix. A token that is too long to be
// looked at is Unknown.
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

// Fingerprint is what is kept of an API key: SHA-256 of the whole string, its
// prefix included, in lower-case hex. Keys made elsewhere fit when their
// fingerprints were made in the same way.
func Fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Claims are what a session token says.
type Claims struct {
	// Kuid is the user, not empty and valid UTF-8.
	Kuid string
	// Session is the id under which the session is kept.
	Session string
	// ID is unique to the token; Sign makes one when it is empty.
	ID string
	// IssuedAt has seconds' precision in the token; Sign uses the present when
	// it is zero.
	IssuedAt time.Time
	// Expires is, in the token, as many whole seconds behind IssuedAt as it is here,
	// rounded up, so that what clients count is what was asked for. The token counts
	// until the end of that second: it lives at least as long as was asked for. Zero
	// is never.
	Expires time.Time
}

// wireClaims are Claims as the payload holds them, seconds since 1970.
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

// MarshalJSON writes the payload so that its base64url form is plain base64 as
// well, which some clients take it for. The two alphabets differ in the digits
// 62 and 63, and an ASCII byte makes those only as the last of three bytes and
// when it ends in 11111x: that is > ? ~ and DEL.
func (w wireClaims) MarshalJSON() ([]byte, error) {
	type plain wireClaims
	text, err := json.Marshal(plain(w))
	if err != nil {
		return nil, err
	}
	return escape(text), nil
}

// escape rewrites the risky characters of a JSON text as \uXXXX. They occur
// inside its strings only.
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

// The methods that the JWT library asks of claims. It is told to leave the
// times alone: [Sessions.Verify] judges them by the caller's clock.
var _ jwt.Claims = wireClaims{}

// GetExpirationTime is nil: see above.
func (wireClaims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuedAt is nil: see above.
func (wireClaims) GetIssuedAt() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore is nil: there is no such claim.
func (wireClaims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuer is empty: there is no such claim.
func (wireClaims) GetIssuer() (string, error) { return "", nil }

// GetSubject is empty: the user is in _id.
func (wireClaims) GetSubject() (string, error) { return "", nil }

// GetAudience is nil: there is no such claim.
func (wireClaims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
