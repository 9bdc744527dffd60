package dashboard

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// mostPacked is what all files together may have when packed, in bytes.
const mostPacked = 150 << 10

// TestWeight holds how much a browser loads, and that what it gets packed is the file.
func TestWeight(t *testing.T) {
	files, sum := Mount().Files, 0
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		packed, err := fs.ReadFile(files, name+packedEnd)
		if err != nil {
			return err
		}
		sum += len(packed)
		reader, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		if back, err := io.ReadAll(reader); err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%s is unpacked to something else: %v", name, err)
		}
		if strings.HasSuffix(name, ".html") && regexp.MustCompile(`<style|<script>| on\w+=| style=`).Match(plain) {
			t.Errorf("%s has an inline script or style, which the policy refuses", name)
		}
		if path.Dir(name) == kept && !regexp.MustCompile(`-[\w-]{8}\.\w+$`).MatchString(name) {
			t.Errorf("%s is kept by browsers, and has no hash of its content in its name", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d bytes, packed", sum); sum > mostPacked {
		t.Errorf("all files have %d bytes, packed, and may have %d", sum, mostPacked)
	}
}

// TestMissing: what is not there is there packed neither.
func TestMissing(t *testing.T) {
	for _, name := range []string{"no.js", "no.js.gz", "../doc.go.gz"} {
		if _, err := Mount().Files.Open(name); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
}
