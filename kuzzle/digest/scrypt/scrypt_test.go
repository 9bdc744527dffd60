package scrypt

import (
	"bytes"
	"fmt"
	"testing"

	theirs "golang.org/x/crypto/scrypt"
)

// scrypt with a loop of our own gives what the library gives, whatever the
// factors.
func TestScryptAgainstLibrary(t *testing.T) {
	for _, f := range []struct{ n, r, p, size int }{
		{2, 1, 1, 32}, {16, 1, 1, 64}, {1024, 8, 16, 64}, {4096, 3, 2, 20}, {256, 32, 1, 128}, {2, 1, 100, 33}, {1 << 14, 8, 1, 64},
	} {
		for _, password := range []string{"", "correct horse", string(bytes.Repeat([]byte{0xff}, 100))} {
			salt := fmt.Appendf(nil, "salt of %d", f.n)
			want, err := theirs.Key([]byte(password), salt, f.n, f.r, f.p, f.size)
			if err != nil {
				t.Fatal(err)
			}
			if got := Key(t.Context(), make([]uint32, Size(f.n, f.r)/4), []byte(password), salt, f.n, f.r, f.p, f.size); !bytes.Equal(got, want) {
				t.Errorf("N=%d, r=%d, p=%d: got %x, want %x", f.n, f.r, f.p, got, want)
			}
		}
	}
}
