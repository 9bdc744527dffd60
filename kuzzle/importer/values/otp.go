package values

import (
	"encoding/base32"
	"encoding/json"
	"net/url"
	"strings"
)

// KeycloakTOTP returns a secret in base32, "" if its codes are not those of the usual apps.
// Keycloak stores the characters of the key itself unless it states an encoding.
func KeycloakTOTP(how, what []byte) string {
	var kind struct {
		SubType, Algorithm, SecretEncoding string
		Digits, Period                     int
	}
	var secret struct{ Value string }
	if json.Unmarshal(how, &kind) != nil || json.Unmarshal(what, &secret) != nil {
		return ""
	}
	switch {
	case kind.SubType != "totp" || kind.Algorithm != "HmacSHA1" || kind.Digits != 6 || kind.Period != 30:
		return ""
	case strings.EqualFold(kind.SecretEncoding, "base32"):
		return secret.Value
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(secret.Value))
}

// OTPAuthSecret returns the secret of an otpauth URL, "" if its codes are not those of the
// usual apps.
func OTPAuthSecret(text string) string {
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "otpauth" || at.Host != "totp" {
		return ""
	}
	for name, usual := range map[string]string{"algorithm": "SHA1", "digits": "6", "period": "30"} {
		if given := at.Query().Get(name); given != "" && !strings.EqualFold(given, usual) {
			return ""
		}
	}
	return at.Query().Get("secret")
}
