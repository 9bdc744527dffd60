package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// The headers of a delivery, after the prefix of its format.
const (
	headerID        = "Id"
	headerTimestamp = "Timestamp"
	headerSignature = "Signature"
)

const (
	// secretPrefix begins a secret in the form that receivers' libraries read.
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// newSecret returns a new key that signs an endpoint's deliveries.
func newSecret() []byte {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// shown returns a key in the form that its receiver gets.
func shown(key []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(key) }

// sign sets the id, time and signature of a request.
func (f Format) sign(header http.Header, key []byte, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	header.Set(f.Headers+headerID, id)
	header.Set(f.Headers+headerTimestamp, seconds)
	header.Set(f.Headers+headerSignature, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
