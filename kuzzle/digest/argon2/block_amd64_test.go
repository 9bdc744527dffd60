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
		got, want := before, before
		compressAVX2(&got, &x, &y, over)
		compressGo(&want, &x, &y, over)
		if got != want {
			t.Fatalf("over %v: %x, want %x; from %x and %x", over, got, want, x, y)
		}
	}
}

func needAVX2(t testing.TB) {
	if !cpu.X86.HasAVX2 {
		t.Skip("this machine has no AVX2")
	}
}

func TestBlocks(t *testing.T) {
	needAVX2(t)
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		compareBlocks(t, randomBlock(r), randomBlock(r), randomBlock(r))
	}
	compareBlocks(t, block{}, block{}, block{})
}

func FuzzBlocks(f *testing.F) {
	needAVX2(f)
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
	defer func(has bool) { hasAVX2 = has }(hasAVX2)
	hasAVX2 = false
	for _, kind := range []Kind{I, ID} {
		p := Params{Kind: kind, Memory: 100, Passes: 2, Lanes: 3, Salt: []byte("0123456789abcdef")}
		want := reference(p, []byte("correct horse"), 32)
		if got := p.Key(NewMemory(p.Size()), 2, []byte("correct horse"), 32); !bytes.Equal(got, want) {
			t.Errorf("kind %d: %x, want %x", kind, got, want)
		}
	}
	TestVectors(t) // with secret and data, in plain Go
}

func BenchmarkBlock(b *testing.B) {
	needAVX2(b)
	var out, x, y block
	b.Run("AVX2", func(b *testing.B) {
		for b.Loop() {
			compressAVX2(&out, &x, &y, true)
		}
	})
	b.Run("Go", func(b *testing.B) {
		for b.Loop() {
			compressGo(&out, &x, &y, true)
		}
	})
}
