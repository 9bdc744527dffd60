package crypt

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
)

// Alphabet has the characters of crypt(3)'s base64 in the order of their values.
const Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// MD5Rounds is the number of rounds of MD5.
const MD5Rounds = 1000

// checkEvery is the number of rounds between two checks of the context: a few hundred
// microseconds.
const checkEvery = 1 << 10

// Hash is the hash function of the loop.
type Hash struct {
	Size int
	// Of is the hash of texts one behind another, Sum that of one text in the memory of
	// another.
	Of  func(parts ...[]byte) []byte
	Sum func(into, text []byte) []byte
}

// loop hashes the sum with password and salt repeatedly, in an order that the number of the
// round decides. It returns nil when ctx ended first.
func loop(ctx context.Context, h Hash, sum, password, salt []byte, rounds int64) []byte {
	text := make([]byte, 0, 2*len(password)+len(salt)+h.Size)
	for round := range rounds {
		if round%checkEvery == 0 && ctx.Err() != nil {
			return nil
		}
		first, last := sum, password
		if round&1 == 1 {
			first, last = password, sum
		}
		text = append(text[:0], first...)
		if round%3 != 0 {
			text = append(text, salt...)
		}
		if round%7 != 0 {
			text = append(text, password...)
		}
		text = append(text, last...)
		sum = h.Sum(sum, text)
	}
	return sum
}

// fill returns size bytes of a sum, repeated as often as needed.
func fill(sum []byte, size int) []byte {
	out := make([]byte, 0, size)
	for len(out) < size {
		out = append(out, sum[:min(len(sum), size-len(out))]...)
	}
	return out
}

// MD5 is crypt(3)'s $1$, or Apache's with its magic, which libraries do not know.
func MD5(ctx context.Context, h Hash, magic string, password, salt []byte) []byte {
	text := append(append(append([]byte{}, password...), magic...), salt...)
	text = append(text, fill(h.Of(password, salt, password), len(password))...)
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 == 1 {
			text = append(text, 0)
		} else {
			text = append(text, password[0])
		}
	}
	sum := loop(ctx, h, h.Of(text), password, salt, MD5Rounds)
	if sum == nil {
		return nil
	}
	return inOrder(sum, md5CryptOrder[:])
}

// inOrder writes a sum as crypt(3) does, its bytes in another order.
func inOrder(sum, order []byte) []byte {
	ordered := make([]byte, len(order))
	for i, from := range order {
		ordered[i] = sum[from]
	}
	return []byte(Base64(ordered))
}

// md5CryptOrder is the order in which crypt(3) writes the bytes of the sum.
var md5CryptOrder = [md5.Size]byte{12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11}

// SHA is SHA-crypt as Ulrich Drepper specified it, in a loop that can be interrupted.
func SHA(ctx context.Context, h Hash, password, salt []byte, rounds int64) []byte {
	inner := h.Of(password, salt, password)
	text := append(append([]byte{}, password...), salt...)
	text = append(text, fill(inner, len(password))...)
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 == 1 {
			text = append(text, inner...)
		} else {
			text = append(text, password...)
		}
	}
	first := h.Of(text)
	// The rounds see sums of password and salt, as long as those are.
	passwords := fill(h.Of(bytes.Repeat(password, len(password))), len(password))
	salts := fill(h.Of(bytes.Repeat(salt, 16+int(first[0]))), len(salt))
	sum := loop(ctx, h, first, passwords, salts, rounds)
	if sum == nil {
		return nil
	}
	return inOrder(sum, shaCryptOrder(h.Size))
}

// shaCryptOrder is the order in which SHA-crypt writes the bytes of a sum. A group
// takes a byte of each third of the sum. From group to group the thirds turn by
// one place, in SHA-256 the other way than in SHA-512.
func shaCryptOrder(size int) []byte {
	third, turn := size/3, 1
	if size == sha256.Size {
		turn = 2
	}
	order := make([]byte, 0, size)
	for group := range third {
		for place := range 3 {
			order = append(order, byte((turn*group+2-place)%3*third+group))
		}
	}
	for at := 3 * third; at < size; at++ {
		order = append(order, byte(at))
	}
	return order
}

// Base64 writes the lowest bits first, in crypt(3)'s alphabet.
func Base64(raw []byte) string {
	var out []byte
	for i := 0; i < len(raw); i += 3 {
		group := raw[i:min(i+3, len(raw))]
		value := uint(0)
		for j, b := range group {
			value |= uint(b) << (8 * j)
		}
		for range len(group) + 1 {
			out = append(out, Alphabet[value&63])
			value >>= 6
		}
	}
	return string(out)
}
