package clients

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// A token is the client's id and a secret. The secret of a drawn token is the time and a code that
// only this instance can compute.
const (
	idBytes     = 16
	secretBytes = 32
	timeBytes   = 8
	codeBytes   = secretBytes - timeBytes
	// drawnPurpose is the purpose of the key of drawn tokens.
	drawnPurpose = "accounts.clients"
	// DrawnFor is how long a drawn token may begin a sign-in.
	DrawnFor = 30 * 24 * time.Hour
)

var encoding = base64.RawURLEncoding.Strict()

// parts splits a token.
func parts(token string) (id string, secret []byte, ok bool) {
	if len(token) != encoding.EncodedLen(idBytes+secretBytes) {
		return "", nil, false
	}
	raw, err := encoding.DecodeString(token)
	if err != nil {
		return "", nil, false
	}
	return hex.EncodeToString(raw[:idBytes]), raw[idBytes:], true
}

// join makes a token from the id of a client and a secret.
func join(id string, secret []byte) string {
	raw, _ := hex.DecodeString(id) // ids are ours
	return encoding.EncodeToString(append(raw, secret...))
}

func newID() string {
	id := uuid.Must(uuid.NewV7())
	return hex.EncodeToString(id[:])
}

func newSecret() []byte {
	secret := make([]byte, secretBytes)
	rand.Read(secret)
	return secret
}

func fingerprint(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}

// Draw returns a token that stands for a client without sessions, and stores nothing.
func (cs *Clients) Draw(context.Context) (string, error) {
	key, err := cs.Sealer.Derive(drawnPurpose)
	if err != nil {
		return "", err
	}
	id := newID()
	at := binary.BigEndian.AppendUint64(nil, uint64(cs.Now().UnixMilli()))
	return join(id, append(at, codeOf(key, id, at)...)), nil
}

func codeOf(key []byte, id string, at []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	mac.Write(at)
	return mac.Sum(nil)[:codeBytes]
}

// drawn reports whether Draw made the token with that id and secret, not too long ago.
func (cs *Clients) drawn(id string, secret []byte) (bool, error) {
	keys, err := cs.Sealer.DeriveAll(drawnPurpose)
	if err != nil {
		return false, err
	}
	at := secret[:timeBytes]
	age := cs.Now().UnixMilli() - int64(binary.BigEndian.Uint64(at))
	if age < 0 || age >= DrawnFor.Milliseconds() {
		return false, nil
	}
	for _, key := range keys {
		if subtle.ConstantTimeCompare(codeOf(key, id, at), secret[timeBytes:]) == 1 {
			return true, nil
		}
	}
	return false, nil
}
