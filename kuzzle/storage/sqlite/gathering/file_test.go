package gathering

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
)

// disk is a file that records the calls.
type disk struct {
	vfs.File
	content []byte
	calls   []string
	full    error
}

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	d.calls = append(d.calls, fmt.Sprintf("write %d at %d", len(p), off))
	if d.full != nil {
		return 0, d.full
	}
	if missing := int(off) + len(p) - len(d.content); missing > 0 {
		d.content = append(d.content, make([]byte, missing)...)
	}
	return copy(d.content[off:], p), nil
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) { return copy(p, d.content[off:]), nil }

func (d *disk) Size() (int64, error) { return int64(len(d.content)), nil }

func (d *disk) Truncate(size int64) error {
	d.calls = append(d.calls, fmt.Sprintf("truncate %d", size))
	d.content = d.content[:size]
	return nil
}

func (d *disk) Sync(vfs.SyncFlag) error {
	d.calls = append(d.calls, "sync")
	return nil
}

// TestLogFile: appended bytes are written in one piece, in order, and always
// before a sync, read, size or truncation.
func TestLogFile(t *testing.T) {
	at := func(off int64, text string) func(*logFile) error {
		return func(f *logFile) error {
			_, err := f.WriteAt([]byte(text), off)
			return err
		}
	}
	sync := func(f *logFile) error { return f.Sync(0) }
	for _, test := range []struct {
		name    string
		do      []func(*logFile) error
		content string
		calls   []string
	}{
		{"frames of a commit", []func(*logFile) error{at(0, "head"), at(4, "page"), at(8, "head"), at(12, "page"), sync},
			"headpageheadpage", []string{"write 16 at 0", "sync"}},
		{"a frame again", []func(*logFile) error{at(0, "headpage"), at(4, "PAGE"), at(8, "head"), sync},
			"headPAGEhead", []string{"write 8 at 0", "write 8 at 4", "sync"}},
		{"from the beginning", []func(*logFile) error{at(0, "headpage"), sync, at(0, "HEAD"), sync},
			"HEADpage", []string{"write 8 at 0", "sync", "write 4 at 0", "sync"}},
		{"read meanwhile", []func(*logFile) error{at(0, "head"), func(f *logFile) error {
			got := make([]byte, 4)
			if _, err := f.ReadAt(got, 0); err != nil || string(got) != "head" {
				return fmt.Errorf("read: got %q, %w", got, err)
			}
			return nil
		}}, "head", []string{"write 4 at 0"}},
		{"measured and cut off", []func(*logFile) error{at(0, "headpage"), func(f *logFile) error {
			if size, err := f.Size(); err != nil || size != 8 {
				return fmt.Errorf("size: got %d, %w", size, err)
			}
			return f.Truncate(4)
		}}, "head", []string{"write 8 at 0", "truncate 4"}},
	} {
		d := &disk{}
		f := &logFile{File: d}
		for i, do := range test.do {
			if err := do(f); err != nil {
				t.Errorf("%s, step %d: %v", test.name, i, err)
			}
		}
		if string(d.content) != test.content || !slices.Equal(d.calls, test.calls) {
			t.Errorf("%s: got %q by %q, want %q by %q", test.name, d.content, d.calls, test.content, test.calls)
		}
	}
}

// TestLogFileFull: a disk that takes no more is told of no later than by Sync,
// and not synced; memory is bounded.
func TestLogFileFull(t *testing.T) {
	d := &disk{full: errors.New("no space")}
	f := &logFile{File: d}
	if _, err := f.WriteAt([]byte("head"), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(0); !errors.Is(err, d.full) || slices.Contains(d.calls, "sync") {
		t.Errorf("Sync: got %v by %q, want %v", err, d.calls, d.full)
	}
	d.full = nil
	page := bytes.Repeat([]byte{1}, 4096)
	for i := range 200 {
		if _, err := f.WriteAt(page, int64(i*len(page))); err != nil {
			t.Fatal(err)
		}
		if len(f.waiting) > gathered {
			t.Fatalf("%d bytes wait, want at most %d", len(f.waiting), gathered)
		}
	}
	if err := f.Sync(0); err != nil || len(d.content) != 200*len(page) {
		t.Errorf("after there was room: got %d bytes, %v", len(d.content), err)
	}
}
