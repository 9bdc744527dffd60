package token_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// modes is whether the modes of files say who may read them.
const modes = runtime.GOOS != "windows"

func TestSealer(t *testing.T) {
	sealer := newSealer(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		purpose := rapid.String().Draw(t, "purpose")
		sealed, err := sealer.Seal(purpose, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := sealer.Open(purpose, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v, want %x", got, err, plain)
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the sealed value shows what is in it")
		}
		if _, err := sealer.Open(purpose+"x", sealed); !errors.Is(err, token.ErrBroken) {
			t.Fatalf("another purpose: got %v, want ErrBroken", err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := sealer.Open(purpose, sealed); err == nil {
			t.Fatalf("changed at byte %d it still opens", at)
		}
		if _, err := sealer.Open(purpose, sealed[:at]); err == nil {
			t.Fatalf("cut to %d bytes it still opens", at)
		}
	})
}

func TestSealedAnewEachTime(t *testing.T) {
	sealer := newSealer(t)
	a, _ := sealer.Seal("p", []byte("x"))
	b, _ := sealer.Seal("p", []byte("x"))
	if bytes.Equal(a, b) {
		t.Error("two seals of one value are equal")
	}
}

func TestDerive(t *testing.T) {
	sealer := newSealer(t)
	a, err := sealer.Derive("a")
	if err != nil || len(a) != 32 {
		t.Fatalf("got %d bytes, %v", len(a), err)
	}
	again, _ := newSealer(t).Derive("a")
	other, _ := sealer.Derive("b")
	if !bytes.Equal(a, again) || bytes.Equal(a, other) {
		t.Error("derived keys should follow from master key and purpose alone")
	}
}

func TestMasterKeyForms(t *testing.T) {
	key := bytes.Repeat([]byte{0xfb}, 32)
	direct, err := token.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := direct.Seal("p", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	other := hex.EncodeToString(make([]byte, 32))
	tests := map[string]string{
		"hex":                hex.EncodeToString(key),
		"upper-case hex":     strings.ToUpper(hex.EncodeToString(key)),
		"base64":             base64.StdEncoding.EncodeToString(key),
		"base64, no padding": base64.RawStdEncoding.EncodeToString(key),
		"base64url":          base64.URLEncoding.EncodeToString(key),
		"white space":        "\n " + hex.EncodeToString(key) + "\r\n",
		"older key":          other + "," + hex.EncodeToString(key),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
				t.Fatal(err)
			}
			for _, from := range [][2]string{{text, ""}, {text, "/nowhere"}, {"", path}} {
				sealer, err := token.LoadMasterKey(from[0], from[1], "")
				if err != nil {
					t.Fatal(err)
				}
				if plain, err := sealer.Open("p", sealed); err != nil || string(plain) != "x" {
					t.Errorf("got %q, %v", plain, err)
				}
			}
		})
	}
}

func TestMasterKeyRefused(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o640); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	inData := t.TempDir()
	if err := os.WriteFile(filepath.Join(inData, token.MasterKeyFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ value, path, dir, want string }{
		"nothing given":     {"", "", "", "KUZZLE_MASTER_KEY"},
		"too short":         {"canary", "", dir, "32 bytes"},
		"blank":             {" ", "", dir, "empty"},
		"second one broken": {strings.Repeat("ab", 32) + " canary", "", dir, "entry 2"},
		"no such file":      {"", filepath.Join(dir, "none"), dir, "none"},
		"file broken":       {"", broken, dir, broken},
		"data file empty":   {"", "", inData, token.MasterKeyFile},
	}
	if modes {
		tests["readable by group"] = struct{ value, path, dir, want string }{"", open, dir, "chmod 600 " + open}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := token.LoadMasterKey(test.value, test.path, test.dir)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want an error with %q that does not quote the key", err, test.want)
			}
		})
	}
}

func TestMasterKeyIsMadeOnFirstUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(dir, token.MasterKeyFile)
	first, err := token.LoadMasterKey("", "", dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("loading made the file")
	}
	if _, err := first.Open("p", []byte("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening without a key: got %v, want that the file is gone", err)
	}
	second, err := token.LoadMasterKey("", "", dir)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	sealed := make([][]byte, 8)
	for i := range sealed {
		sealer := []*token.Sealer{first, second}[i%2]
		all.Go(func() { sealed[i], _ = sealer.Seal("p", []byte("x")) })
	}
	all.Wait()
	after, err := token.LoadMasterKey("", "", dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		if plain, err := after.Open("p", sealed[i]); err != nil || string(plain) != "x" {
			t.Errorf("seal %d: got %q, %v", i, plain, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil || modes && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("got %d files in the data directory, want the key alone", len(list))
	}
}

func TestWrongMasterKeySaysSo(t *testing.T) {
	sealed, err := newSealer(t).Seal("p", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := token.LoadMasterKey(strings.Repeat("ab", 32), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open("p", sealed); !errors.Is(err, token.ErrWrongMasterKey) {
		t.Errorf("got %v, want ErrWrongMasterKey", err)
	}
}

func FuzzOpen(f *testing.F) {
	sealer := newSealer(f)
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := sealer.Open("fuzz", sealed); err == nil {
			t.Errorf("%x opens as %x", sealed, plain)
		}
	})
}
