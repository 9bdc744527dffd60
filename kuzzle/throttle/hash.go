package throttle

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// hash returns the keyed hash of a key. Without the secret nobody can tell the key, or choose keys
// that share a slot. It is never 0.
func (l *Logins) hash(kind byte, parts ...[]byte) uint64 {
	mac := hmac.New(sha256.New, l.cfg.Secret)
	mac.Write([]byte{kind})
	for _, part := range parts {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		mac.Write(part)
	}
	var sum [sha256.Size]byte
	return binary.BigEndian.Uint64(mac.Sum(sum[:0])) | 1
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// randomSecret returns the secret of a process that counts alone.
func randomSecret() []byte {
	secret := make([]byte, sha256.Size)
	rand.Read(secret)
	return secret
}

// The kinds of keys.
const (
	accountKey byte = iota + 1
	addressKey
	deviceKey
	aloneKey
	addressPairKey
	devicePairKey
	stepKey
	stepAddressKey
	recipientKey
	signUpKey
	learnerKey
	wholeKey
	askPairKey
	askKey
	ownKey
	ownAddressKey
	ownFirstKey
	guessKey
	guessAddressKey
	partKey
	partAddressKey
)
