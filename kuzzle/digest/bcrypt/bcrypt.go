package bcrypt

import (
	"bytes"
	"context"
	"encoding/binary"

	"golang.org/x/crypto/blowfish"
)

const (
	// MaxPassword is the number of bytes of a password that bcrypt uses.
	MaxPassword = 72
	// Size is the number of bytes of a sum.
	Size = 23

	// every is the number of rounds between two checks of the context; each round takes as long as
	// about a hundred rounds of other functions.
	every = 32
)

// Sum returns the sum of the first 72 bytes of a password, after 2^cost rounds. It keys Blowfish with
// password and salt in turn, and then encrypts a fixed text. signed selects the fault of PHP before
// 5.3.7 with bytes above 127 ($2x$). The sum is nil if ctx has ended or the salt is empty.
func Sum(ctx context.Context, password, salt []byte, cost int64, signed bool) []byte {
	// The zero at the end is part of the key, where there is room for it.
	key := append(append(make([]byte, 0, MaxPassword+1), password[:min(len(password), MaxPassword)]...), 0)
	ends := bytes.IndexByte(key[:len(key)-1], 0) >= 0
	if signed {
		key = signedKey(key)
	}
	state, err := blowfish.NewSaltedCipher(key, salt)
	if err != nil {
		return nil
	}
	for round := range int64(1) << cost {
		if round%every == 0 && ctx.Err() != nil {
			return nil
		}
		blowfish.ExpandKey(key, state)
		blowfish.ExpandKey(salt, state)
	}
	text := []byte("OrpheanBeholderScryDoubt")
	for at := 0; at < len(text); at += blowfish.BlockSize {
		for range 64 {
			state.Encrypt(text[at:], text[at:])
		}
	}
	// Blowfish repeats a short key with its zero, so that "p", zero, "p" is the key of "p".
	// Other bcrypts end a password at a zero or refuse it: a password with a zero inside
	// never matches.
	if ends {
		text[0] = ^text[0]
	}
	return text[:Size]
}

// signedKey returns the key with bytes above 127 as negative numbers, which set all bits
// before them in their word.
func signedKey(key []byte) []byte {
	words := make([]byte, 0, MaxPassword)
	for at := 0; len(words) < MaxPassword; {
		word := uint32(0)
		for range 4 {
			word = word<<8 | uint32(int32(int8(key[at%len(key)])))
			at++
		}
		words = binary.BigEndian.AppendUint32(words, word)
	}
	return words
}
