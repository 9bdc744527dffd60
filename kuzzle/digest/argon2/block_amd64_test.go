//go:build !purego

package argon2

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// corners are words in which carries and products are at their limits.
var corners = []uint64{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1}

func randomBlock(r *rand.Rand) (b block) {
	for i := range b {
		if b[i] = r.Uint64(); r.IntN(4) == 0 {
			b[i] = corners[r.IntN(len(corners))]
		}
	}
	return b
}

func compareBlocks(t *testing.T, before, x, y block) {
	for _, over := range []bool{false, true} {
		want := before
		compressGo(&want, &x, &y, over)
		for name, compress := range kernels() {
			got := before
			if compress(&got, &x, &y, over); got != want {
				t.Fatalf("%s, over %v: a wrong block from %x and %x", name, over, x, y)
			}
		}
	}
}

// kernels are those that this machine can run.
func kernels() map[string]func(out, x, y *block, over bool) {
	found := map[string]func(out, x, y *block, over bool){}
	if cpu.X86.HasAVX2 {
		found["AVX2"] = compressAVX2
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW {
		found["AVX512"] = compressAVX512
	}
	return found
}

func TestBlocks(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		compareBlocks(t, randomBlock(r), randomBlock(r), randomBlock(r))
	}
	compareBlocks(t, block{}, block{}, block{})
}

func FuzzBlocks(f *testing.F) {
	f.Add([]byte{1}, []byte{2}, []byte{3})
	f.Fuzz(func(t *testing.T, before, x, y []byte) {
		compareBlocks(t, blockOf(before), blockOf(x), blockOf(y))
	})
}

func blockOf(bytes []byte) (b block) {
	var raw [blockSize]byte
	copy(raw[:], bytes)
	b.read(&raw)
	return b
}

// Machines without AVX2 get the same tags.
func TestWithoutAVX2(t *testing.T) {
	defer func(avx2, avx512 bool) { hasAVX2, hasAVX512 = avx2, avx512 }(hasAVX2, hasAVX512)
	hasAVX2, hasAVX512 = false, false
	for _, kind := range []Kind{I, ID} {
		p := Params{Kind: kind, Memory: 100, Passes: 2, Lanes: 3, Salt: []byte("0123456789abcdef")}
		want := reference(p, []byte("correct horse"), 32)
		if got := p.Key(t.Context(), NewMemory(p.Size()), 2, []byte("correct horse"), 32); !bytes.Equal(got, want) {
			t.Errorf("kind %d: %x, want %x", kind, got, want)
		}
	}
	TestVectors(t) // with secret and data, in plain Go
}

func BenchmarkBlock(b *testing.B) {
	var out, x, y block
	for name, compress := range kernels() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compress(&out, &x, &y, true)
			}
		})
	}
	b.Run("Go", func(b *testing.B) {
		for b.Loop() {
			compressGo(&out, &x, &y, true)
		}
	})
}
