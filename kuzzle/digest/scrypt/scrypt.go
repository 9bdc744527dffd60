package scrypt

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

const (
	salsaWords = 16 // of a block of Salsa20, 64 bytes
	// salsaEvery is the number of blocks of Salsa20 between two checks of the context: a few
	// hundred microseconds.
	salsaEvery = 1 << 12
)

// mixer fills and reads the memory of scrypt (RFC 7914), in a loop that can be interrupted.
type mixer struct {
	n, r int
	// every is the number of rounds between two checks of the context.
	every int
	// filled holds n rows of 32·r words each; row and next are one row each.
	filled, row, next []uint32
}

// Size returns the memory that Key needs, in bytes.
func Size(n, r int) int64 { return 128 * int64(n+2) * int64(r) }

// Key computes scrypt for parameters within the ceilings, in memory of Size bytes. It
// returns nil when ctx ended first.
func Key(ctx context.Context, all []uint32, password, salt []byte, n, r, p, size int) []byte {
	lane := 128 * r // bytes
	text, err := pbkdf2.Key(sha256.New, string(password), salt, 1, p*lane)
	if err != nil {
		return nil
	}
	words := lane / 4
	m := mixer{n: n, r: r, every: max(1, salsaEvery/(2*r)), filled: all[:n*words], row: all[n*words:][:words], next: all[(n+1)*words:][:words]}
	for at := 0; at < len(text); at += lane {
		if !m.mix(ctx, text[at:at+lane]) {
			return nil
		}
	}
	key, err := pbkdf2.Key(sha256.New, string(password), text, 1, size)
	if err != nil {
		return nil
	}
	return key
}

// mix is scryptROMix in place. It reports whether it finished.
func (m *mixer) mix(ctx context.Context, text []byte) bool {
	words := len(m.row)
	for i := range m.row {
		m.row[i] = binary.LittleEndian.Uint32(text[4*i:])
	}
	for i := range m.n {
		if i%m.every == 0 && ctx.Err() != nil {
			return false
		}
		at := m.filled[i*words:][:words]
		copy(at, m.row)
		blockMix(m.row, at, nil, m.r)
	}
	for i := range m.n {
		if i%m.every == 0 && ctx.Err() != nil {
			return false
		}
		last := m.row[words-salsaWords:]
		// n is a power of two.
		which := int((uint64(last[0]) | uint64(last[1])<<32) & uint64(m.n-1))
		blockMix(m.next, m.row, m.filled[which*words:][:words], m.r)
		m.row, m.next = m.next, m.row
	}
	for i, word := range m.row {
		binary.LittleEndian.PutUint32(text[4*i:], word)
	}
	return true
}

// blockMix is scryptBlockMix of a row, or of its sum with another row, which it stores in
// row. The blocks with even numbers come out in the first half.
func blockMix(out, row, other []uint32, r int) {
	for i, word := range other {
		row[i] ^= word
	}
	block := (*[salsaWords]uint32)(row[len(row)-salsaWords:])
	for i := range 2 * r {
		to := (*[salsaWords]uint32)(out[(i/2+i%2*r)*salsaWords:])
		salsa(to, block, (*[salsaWords]uint32)(row[i*salsaWords:]))
		block = to
	}
}

// salsa is the core of Salsa20/8 for the sum of two blocks: four times a quarter round of
// each column and of each row, and then the sum with the input. The words are variables, and
// the steps of a round's quarters stand side by side, so that the processor executes them at
// once.
func salsa(out, block, in *[salsaWords]uint32) {
	w0 := block[0] ^ in[0]
	w1 := block[1] ^ in[1]
	w2 := block[2] ^ in[2]
	w3 := block[3] ^ in[3]
	w4 := block[4] ^ in[4]
	w5 := block[5] ^ in[5]
	w6 := block[6] ^ in[6]
	w7 := block[7] ^ in[7]
	w8 := block[8] ^ in[8]
	w9 := block[9] ^ in[9]
	w10 := block[10] ^ in[10]
	w11 := block[11] ^ in[11]
	w12 := block[12] ^ in[12]
	w13 := block[13] ^ in[13]
	w14 := block[14] ^ in[14]
	w15 := block[15] ^ in[15]
	x0, x1, x2, x3, x4, x5, x6, x7 := w0, w1, w2, w3, w4, w5, w6, w7
	x8, x9, x10, x11, x12, x13, x14, x15 := w8, w9, w10, w11, w12, w13, w14, w15
	for range 4 {
		x4 ^= bits.RotateLeft32(x0+x12, 7)
		x9 ^= bits.RotateLeft32(x5+x1, 7)
		x14 ^= bits.RotateLeft32(x10+x6, 7)
		x3 ^= bits.RotateLeft32(x15+x11, 7)
		x8 ^= bits.RotateLeft32(x4+x0, 9)
		x13 ^= bits.RotateLeft32(x9+x5, 9)
		x2 ^= bits.RotateLeft32(x14+x10, 9)
		x7 ^= bits.RotateLeft32(x3+x15, 9)
		x12 ^= bits.RotateLeft32(x8+x4, 13)
		x1 ^= bits.RotateLeft32(x13+x9, 13)
		x6 ^= bits.RotateLeft32(x2+x14, 13)
		x11 ^= bits.RotateLeft32(x7+x3, 13)
		x0 ^= bits.RotateLeft32(x12+x8, 18)
		x5 ^= bits.RotateLeft32(x1+x13, 18)
		x10 ^= bits.RotateLeft32(x6+x2, 18)
		x15 ^= bits.RotateLeft32(x11+x7, 18)
		x1 ^= bits.RotateLeft32(x0+x3, 7)
		x6 ^= bits.RotateLeft32(x5+x4, 7)
		x11 ^= bits.RotateLeft32(x10+x9, 7)
		x12 ^= bits.RotateLeft32(x15+x14, 7)
		x2 ^= bits.RotateLeft32(x1+x0, 9)
		x7 ^= bits.RotateLeft32(x6+x5, 9)
		x8 ^= bits.RotateLeft32(x11+x10, 9)
		x13 ^= bits.RotateLeft32(x12+x15, 9)
		x3 ^= bits.RotateLeft32(x2+x1, 13)
		x4 ^= bits.RotateLeft32(x7+x6, 13)
		x9 ^= bits.RotateLeft32(x8+x11, 13)
		x14 ^= bits.RotateLeft32(x13+x12, 13)
		x0 ^= bits.RotateLeft32(x3+x2, 18)
		x5 ^= bits.RotateLeft32(x4+x7, 18)
		x10 ^= bits.RotateLeft32(x9+x8, 18)
		x15 ^= bits.RotateLeft32(x14+x13, 18)
	}
	out[0] = x0 + w0
	out[1] = x1 + w1
	out[2] = x2 + w2
	out[3] = x3 + w3
	out[4] = x4 + w4
	out[5] = x5 + w5
	out[6] = x6 + w6
	out[7] = x7 + w7
	out[8] = x8 + w8
	out[9] = x9 + w9
	out[10] = x10 + w10
	out[11] = x11 + w11
	out[12] = x12 + w12
	out[13] = x13 + w13
	out[14] = x14 + w14
	out[15] = x15 + w15
}
