package argon2

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockWords = 128
	blockSize  = 8 * blockWords
)

// block is the unit of memory: eight rows of sixteen words.
type block [blockWords]uint64

func (b *block) read(from *[blockSize]byte) {
	for i := range b {
		b[i] = binary.LittleEndian.Uint64(from[8*i:])
	}
}

func (b *block) write(to *[blockSize]byte) {
	for i, word := range b {
		binary.LittleEndian.PutUint64(to[8*i:], word)
	}
}

func (b *block) xor(other *block) {
	for i, word := range other {
		b[i] ^= word
	}
}

// compressGo writes G(x, y) to out, or mixes it into out when over is set (RFC
// 9106, 3.5). out must be neither x nor y.
func compressGo(out, x, y *block, over bool) {
	var r block
	for i := range r {
		r[i] = x[i] ^ y[i]
	}
	if over {
		out.xor(&r)
	} else {
		*out = r
	}
	for i := 0; i < blockWords; i += 16 {
		row := r[i : i+16 : i+16]
		permute(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5], &row[6], &row[7],
			&row[8], &row[9], &row[10], &row[11], &row[12], &row[13], &row[14], &row[15])
	}
	for i := 0; i < 16; i += 2 {
		permute(&r[i], &r[i+1], &r[i+16], &r[i+17], &r[i+32], &r[i+33], &r[i+48], &r[i+49],
			&r[i+64], &r[i+65], &r[i+80], &r[i+81], &r[i+96], &r[i+97], &r[i+112], &r[i+113])
	}
	out.xor(&r)
}

// permute is P on eight registers of two words each (RFC 9106, 3.6).
func permute(p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15 *uint64) {
	v0, v1, v2, v3, v4, v5, v6, v7 := *p0, *p1, *p2, *p3, *p4, *p5, *p6, *p7
	v8, v9, v10, v11, v12, v13, v14, v15 := *p8, *p9, *p10, *p11, *p12, *p13, *p14, *p15

	v0, v4, v8, v12 = mix(v0, v4, v8, v12)
	v1, v5, v9, v13 = mix(v1, v5, v9, v13)
	v2, v6, v10, v14 = mix(v2, v6, v10, v14)
	v3, v7, v11, v15 = mix(v3, v7, v11, v15)

	v0, v5, v10, v15 = mix(v0, v5, v10, v15)
	v1, v6, v11, v12 = mix(v1, v6, v11, v12)
	v2, v7, v8, v13 = mix(v2, v7, v8, v13)
	v3, v4, v9, v14 = mix(v3, v4, v9, v14)

	*p0, *p1, *p2, *p3, *p4, *p5, *p6, *p7 = v0, v1, v2, v3, v4, v5, v6, v7
	*p8, *p9, *p10, *p11, *p12, *p13, *p14, *p15 = v8, v9, v10, v11, v12, v13, v14, v15
}

// mix is GB: BLAKE2b's mixing with products added.
func mix(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d = bits.RotateLeft64(d^a, -32)
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b = bits.RotateLeft64(b^c, -24)
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d = bits.RotateLeft64(d^a, -16)
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b = bits.RotateLeft64(b^c, -63)
	return a, b, c, d
}
