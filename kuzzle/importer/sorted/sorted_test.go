package sorted

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

type record struct{ key, data string }

func all(t testing.TB, s *Sorter) (got []record) {
	t.Helper()
	for {
		key, data, err := s.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, record{key, string(data)})
	}
}

// TestSorter: records come out in the order of their keys, and those of one key in
// theirs, whether they fit into memory or not, and leave no file behind.
func TestSorter(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for _, run := range []int{1, 100, 5_000, runBytes} {
		for _, count := range []int{0, 1, 2_000} {
			t.Run(fmt.Sprint(run, " ", count), func(t *testing.T) {
				s := New(0)
				s.run = run
				var want []record
				for i := range count {
					r := record{fmt.Sprintf("%03d", rand.IntN(500)), strings.Repeat("x", rand.IntN(300)) + fmt.Sprint(i)}
					if err := s.Add(r.key, []byte(r.data)); err != nil {
						t.Fatal(err)
					}
					want = append(want, r)
				}
				slices.SortStableFunc(want, func(a, b record) int { return strings.Compare(a.key, b.key) })
				if got := all(t, s); !slices.Equal(got, want) {
					t.Errorf("%d records came out of %d, in another order", len(got), len(want))
				}
				if files, _ := os.ReadDir(folder); len(files) > 0 {
					t.Errorf("%v lies there", files)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestLimit: the temporary file has no more bytes than it may.
func TestLimit(t *testing.T) {
	s := New(1 << 20)
	defer func() { _ = s.Close() }()
	s.run = 100_000
	data := bytes.Repeat([]byte{'x'}, 1000)
	for range 1 << 20 / 1000 * 2 {
		if err := s.Add("key", data); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Error(err)
			}
			return
		}
	}
	t.Error("twice as much as there is room for was taken")
}

// BenchmarkSorter sorts so many records of the size that users have.
func BenchmarkSorter(b *testing.B) {
	s := New(0)
	defer func() { _ = s.Close() }()
	data := bytes.Repeat([]byte{'x'}, 2000)
	b.SetBytes(int64(len(data)))
	for range b.N {
		if err := s.Add(fmt.Sprintf("user_%016x", rand.Uint64()), data); err != nil {
			b.Fatal(err)
		}
	}
	for range b.N {
		if _, _, err := s.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
