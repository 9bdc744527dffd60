package strength

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Breached is a list of leaked passwords on this machine's disk, in the format of the downloads of
// Have I Been Pwned. Each line has the SHA-1 of a password as 40 hexadecimal digits, and anything
// after a colon. The lines are sorted by their digits. The list is one file, or a folder with a
// file for each first five digits, such as 21BD1.txt, whose lines leave those five out.
//
// Nothing is kept in memory or open: the list may have tens of gigabytes, and may be replaced while
// the server runs.
type Breached struct {
	path   string
	ranges bool
}

const (
	digits      = 2 * sha1.Size
	rangeDigits = 5
	// longestLine bounds a line, with its line end.
	longestLine = 64
	// samples is the number of lines that are checked before a list is used.
	samples = 64
)

var errNoBreached = errors.New(`it is not a sorted list of SHA-1 hashes, with lines such as 0018A45C4D1DEF81644B54AB7F969B88D65:3 of a file 21BD1.txt, or all of them in one file`)

// NewBreached opens a list. It returns an error for a file that is no such list.
func NewBreached(path string) (*Breached, error) {
	found, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := &Breached{path: path, ranges: found.IsDir()}
	if b.ranges {
		for _, digit := range []string{"0", "7", "F"} {
			if err := inOrder(filepath.Join(path, strings.Repeat(digit, rangeDigits)+".txt"), digits-rangeDigits); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return b, inOrder(path, digits)
}

// inOrder checks sample lines of a file: each must begin with count digits, and they must be in
// order.
func inOrder(path string, count int) error {
	file, size, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	before := ""
	for i := range int64(samples) {
		line, err := lineAfter(file, size/samples*i, count)
		switch {
		case err != nil:
			return err
		case i == 0 && line == "", line != "" && line < before:
			return fmt.Errorf("%s: %w", path, errNoBreached)
		}
		before = line
	}
	return nil
}

func open(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: %w", path, errNoBreached)
	}
	file, err := os.Open(path)
	return file, info.Size(), err
}

// Has reports whether the list has a password, in exactly this spelling. An error means that the
// list cannot be read.
func (b *Breached) Has(password string) (bool, error) {
	sum := sha1.Sum([]byte(password))
	return b.has(strings.ToUpper(hex.EncodeToString(sum[:])))
}

func (b *Breached) has(sum string) (bool, error) {
	path := b.path
	if b.ranges {
		path, sum = filepath.Join(path, sum[:rangeDigits]+".txt"), sum[rangeDigits:]
	}
	file, size, err := open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	return search(file, size, sum)
}

// search reports whether a line begins with want. It bisects between two positions of the file.
func search(list io.ReaderAt, size int64, want string) (bool, error) {
	from, to := int64(0), size
	for from < to {
		middle := from + (to-from)/2
		got, err := lineAfter(list, middle, len(want))
		switch {
		case err != nil:
			return false, err
		case got == "" || got >= want:
			to = middle
		default:
			from = middle + 1
		}
	}
	got, err := lineAfter(list, from, len(want))
	return got == want, err
}

// lineAfter returns the digits of the first line that begins at or after a position, or "" after
// the last line.
func lineAfter(list io.ReaderAt, at int64, count int) (string, error) {
	buffer := make([]byte, 2*longestLine)
	first := at == 0
	if !first {
		at-- // a line begins at this position if another line ends before it
	}
	n, err := list.ReadAt(buffer, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	text := buffer[:n]
	if !first {
		end := bytes.IndexByte(text, '\n')
		switch {
		case end >= 0:
			text = text[end+1:]
		case n < len(buffer):
			return "", nil
		default:
			return "", errNoBreached
		}
	}
	if len(text) == 0 {
		return "", nil
	}
	if len(text) < count || strings.Trim(string(text[:count]), "0123456789ABCDEFabcdef") != "" ||
		len(text) > count && !strings.ContainsRune(":\r\n", rune(text[count])) {
		return "", fmt.Errorf("%.60q: %w", text, errNoBreached)
	}
	return strings.ToUpper(string(text[:count])), nil
}
