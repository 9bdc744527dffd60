//go:build !purego

package argon2

import (
	"golang.org/x/crypto/argon2"
	"golang.org/x/sys/cpu"
)

var (
	hasAVX2 = cpu.X86.HasAVX2
	// hasAVX512 also requires VBMI2: processors without it slow down for registers of 512
	// bits.
	hasAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2
)

// elsewhere computes Key with x/crypto on machines without AVX2, where its SSE code is twice
// as fast as plain Go, although it allocates its own memory. ok is false if our code is to
// be used.
func (p Params) elsewhere(password []byte, size uint32) (tag []byte, ok bool) {
	if hasAVX2 || p.Old || p.Kind == D || len(p.Secret)+len(p.Data) > 0 {
		return nil, false
	}
	if p.Kind == I {
		return argon2.Key(password, p.Salt, p.Passes, p.Memory, p.Lanes, size), true
	}
	return argon2.IDKey(password, p.Salt, p.Passes, p.Memory, p.Lanes, size), true
}

// compressAVX2 is compressGo.
//
//go:noescape
func compressAVX2(out, x, y *block, over bool)

// compressAVX512 is compressGo.
//
//go:noescape
func compressAVX512(out, x, y *block, over bool)

func compress(out, x, y *block, over bool) {
	switch {
	case hasAVX512:
		compressAVX512(out, x, y, over)
	case hasAVX2:
		compressAVX2(out, x, y, over)
	default:
		compressGo(out, x, y, over)
	}
}
