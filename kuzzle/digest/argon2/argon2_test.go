package argon2

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"

	theirs "golang.org/x/crypto/argon2"
	"pgregory.net/rapid"
)

// The vectors of RFC 9106, sections 5.2 and 5.3.
func TestVectors(t *testing.T) {
	repeat := func(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
	for _, row := range []struct {
		kind Kind
		tag  string
	}{
		{D, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"},
		{I, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"},
		{ID, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"},
	} {
		p := Params{Kind: row.kind, Memory: 32, Passes: 3, Lanes: 4, Salt: repeat(2, 16), Secret: repeat(3, 8), Data: repeat(4, 12)}
		for threads := range 6 {
			got := hex.EncodeToString(p.Key(t.Context(), NewMemory(p.Size()), threads, repeat(1, 32), 32))
			if got != row.tag {
				t.Errorf("kind %d on %d threads: %s, want %s", row.kind, threads, got, row.tag)
			}
		}
	}
}

// reference is the hash by golang.org/x/crypto.
func reference(p Params, password []byte, size uint32) []byte {
	if p.Kind == I {
		return theirs.Key(password, p.Salt, p.Passes, p.Memory, p.Lanes, size)
	}
	return theirs.IDKey(password, p.Salt, p.Passes, p.Memory, p.Lanes, size)
}

// One memory serves hash after hash of all sizes: what an earlier one left in it
// makes no difference.
func TestAgainstReference(t *testing.T) {
	lent := NewMemory(3 << 20)
	defer lent.Free()
	rapid.Check(t, func(t *rapid.T) {
		p := Params{
			Kind:   rapid.SampledFrom([]Kind{I, ID}).Draw(t, "kind"),
			Memory: rapid.OneOf(rapid.Uint32Range(0, 600), rapid.Uint32Range(2000, 3<<10)).Draw(t, "memory"),
			Passes: rapid.Uint32Range(1, 4).Draw(t, "passes"),
			Lanes:  rapid.Uint8Range(1, 9).Draw(t, "lanes"),
			Salt:   rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "salt"),
		}
		password := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "password")
		size := rapid.Uint32Range(4, 300).Draw(t, "size")
		got := p.Key(t.Context(), lent, rapid.IntRange(0, 10).Draw(t, "threads"), password, size)
		if want := reference(p, password, size); !bytes.Equal(got, want) {
			t.Errorf("%+v, %d bytes: %x, want %x", p, size, got, want)
		}
	})
}

// The size that servers use, in huge pages where there are any.
func TestUsualCost(t *testing.T) {
	p := Params{Kind: ID, Memory: 19 << 10, Passes: 2, Lanes: 1, Salt: []byte("0123456789abcdef")}
	lent := NewMemory(p.Size())
	defer lent.Free()
	want := reference(p, []byte("correct horse"), 32)
	for range 2 {
		if got := p.Key(t.Context(), lent, 1, []byte("correct horse"), 32); !bytes.Equal(got, want) {
			t.Errorf("%x, want %x", got, want)
		}
	}
}

func TestHashesAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			p := Params{Kind: ID, Memory: 2100, Passes: 2, Lanes: 3, Salt: []byte("0123456789abcdef")}
			lent := NewMemory(p.Size())
			defer lent.Free()
			password := fmt.Append(nil, i)
			for range 3 {
				if got, want := p.Key(t.Context(), lent, 2, password, 32), reference(p, password, 32); !bytes.Equal(got, want) {
					t.Errorf("%d: %x, want %x", i, got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestMistakesOfCallers(t *testing.T) {
	good := Params{Kind: ID, Memory: 64, Passes: 1, Lanes: 1}
	for _, row := range []struct {
		name   string
		change func(*Params)
		memory int64
		size   uint32
	}{
		{"no passes", func(p *Params) { p.Passes = 0 }, 64 << 10, 32},
		{"no lanes", func(p *Params) { p.Lanes = 0 }, 64 << 10, 32},
		{"a short tag", func(*Params) {}, 64 << 10, 3},
		{"too little memory", func(*Params) {}, 63 << 10, 32},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := good
			row.change(&p)
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			p.Key(t.Context(), NewMemory(row.memory), 1, nil, row.size)
		})
	}
}

func FuzzKey(f *testing.F) {
	f.Add([]byte("password"), []byte("somesalt"), uint16(64), uint8(2), uint8(1), uint8(32), true)
	f.Add([]byte{}, []byte{}, uint16(0), uint8(0), uint8(3), uint8(200), false)
	lent := NewMemory(2 << 20)
	f.Fuzz(func(t *testing.T, password, salt []byte, memory uint16, passes, lanes, size uint8, id bool) {
		p := Params{Kind: I, Memory: uint32(memory) % 2048, Passes: uint32(passes)%3 + 1, Lanes: lanes%16 + 1, Salt: salt}
		if id {
			p.Kind = ID
		}
		n := max(uint32(size), 4)
		if got, want := p.Key(t.Context(), lent, 2, password, n), reference(p, password, n); !bytes.Equal(got, want) {
			t.Errorf("%+v: %x, want %x", p, got, want)
		}
	})
}
