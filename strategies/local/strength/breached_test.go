package strength

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listOf writes the lines of passwords in the format of the downloads, as one file or as a folder
// of ranges, with other hashes around them.
func listOf(t *testing.T, ranges bool, ends string, passwords ...string) string {
	t.Helper()
	var sums []string
	for _, password := range passwords {
		sum := sha1.Sum([]byte(password))
		sums = append(sums, strings.ToUpper(hex.EncodeToString(sum[:])))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		sums = append(sums, fmt.Sprintf("%016X%016X%08X", random.Uint64(), random.Uint64(), random.Uint32()))
	}
	slices.Sort(sums)
	folder := t.TempDir()
	files := map[string]*strings.Builder{}
	for i, sum := range sums {
		name := "all.txt"
		if ranges {
			name, sum = sum[:5]+".txt", sum[5:]
		}
		if files[name] == nil {
			files[name] = new(strings.Builder)
		}
		fmt.Fprintf(files[name], "%s:%d%s", sum, i*i*i, ends)
	}
	for _, name := range []string{"00000.txt", "77777.txt", "FFFFF.txt"} {
		if ranges && files[name] == nil {
			files[name] = new(strings.Builder)
			fmt.Fprintf(files[name], "%035X:1", 1)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if ranges {
		return folder
	}
	return filepath.Join(folder, "all.txt")
}

// TestBreached finds each password of a list and no other, with any line ends.
func TestBreached(t *testing.T) {
	var leaked []string
	for i := range 300 {
		leaked = append(leaked, fmt.Sprint("leaked password ", i))
	}
	for _, ranges := range []bool{false, true} {
		for _, ends := range []string{"\n", "\r\n"} {
			list, err := NewBreached(listOf(t, ranges, ends, leaked...))
			if err != nil {
				t.Fatal(err)
			}
			for _, password := range leaked {
				if has, err := list.Has(password); !has || err != nil {
					t.Errorf("ranges %t: %q is in the list: %t, %v", ranges, password, has, err)
				}
				has, err := list.Has(password + "!")
				if has || err != nil && !ranges {
					t.Errorf("ranges %t: %q is not in the list: %t, %v", ranges, password+"!", has, err)
				}
				if ranges && err != nil && !os.IsNotExist(err) {
					t.Errorf("a range that is missing: %v", err)
				}
			}
		}
	}
}

// TestEveryLineIsFound looks for each line of a small list, including the first and the last, with
// and without a line end after the last.
func TestEveryLineIsFound(t *testing.T) {
	for count := 1; count < 40; count++ {
		var text strings.Builder
		sum := func(i int) string { return fmt.Sprintf("%040X", (i+1)*2) }
		for i := range count {
			fmt.Fprintf(&text, "%s:%s\n", sum(i), strings.Repeat("7", i%9+1))
		}
		for _, whole := range []string{text.String(), strings.TrimSuffix(text.String(), "\n")} {
			for i := range 2*count + 3 {
				want := fmt.Sprintf("%040X", i)
				has, err := search(strings.NewReader(whole), int64(len(whole)), want)
				if there := i > 0 && i%2 == 0 && i/2 <= count; has != there || err != nil {
					t.Fatalf("%d lines: %s is there: got %t, %v, want %t", count, want, has, err, there)
				}
			}
		}
	}
}

// FuzzBreached searches arbitrary files: every search ends, and finds only existing lines.
func FuzzBreached(f *testing.F) {
	f.Add([]byte(strings.Repeat("A", 40)+":1\n"+strings.Repeat("B", 40)+":2\r\n"), strings.Repeat("B", 40))
	f.Add([]byte("\n\n:"), strings.Repeat("0", 35))
	f.Fuzz(func(t *testing.T, list []byte, want string) {
		if len(want) == 0 || len(want) > digits || strings.ToUpper(want) != want {
			t.Skip("no digits")
		}
		has, err := search(bytes.NewReader(list), int64(len(list)), want)
		if has && (err != nil || !bytes.Contains(bytes.ToUpper(list), []byte(want))) {
			t.Errorf("found %q, which is not in %q", want, list)
		}
	})
}

// TestNoBreached checks that an invalid list is refused before it is used, and that a list that
// disappears later is an error, not a "no".
func TestNoBreached(t *testing.T) {
	folder := t.TempDir()
	line := func(digit string) string { return strings.Repeat(digit, 40) + ":1\n" }
	for name, text := range map[string]string{
		"empty": "", "words": "password\n123456\n", "NTLM": strings.Repeat("A", 32) + ":1\n", "SHA-256": strings.Repeat("A", 64) + ":1\n",
		"no order": strings.Repeat(line("F"), 40) + strings.Repeat(line("0"), 40), "one long line": strings.Repeat("A", 10_000),
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewBreached(path); err == nil {
			t.Errorf("%s is taken for a list", name)
		}
	}
	for _, path := range []string{filepath.Join(folder, "missing"), folder} {
		if _, err := NewBreached(path); err == nil {
			t.Errorf("%s is taken for a list", path)
		}
	}
	path := listOf(t, false, "\n", "leaked")
	list, err := NewBreached(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if has, err := list.Has("leaked"); err == nil {
		t.Errorf("of a list that is gone: %t without an error", has)
	}
}
