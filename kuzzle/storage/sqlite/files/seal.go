package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrDamaged means that a file does not match its checksum.
var ErrDamaged = errors.New("it is damaged: its checksum does not match its content")

// leastPage divides the size of every database.
const leastPage = 512

// A sealed file ends with sealMark, the SHA-256 of all bytes before the mark in hexadecimal,
// and a line feed. SQLite reads as many pages as its header names, and ignores this end.
const (
	sealMark  = "\nkuzzle sha256 "
	sealBytes = len(sealMark) + 2*sha256.Size + 1
)

// Seal appends the checksum of its content to a file, and flushes it to the disk.
func Seal(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f, "%s%x\n", sealMark, sum.Sum(nil)); err != nil {
		return err
	}
	return f.Sync()
}

// Unseal removes the checksum of a file. If the content does not match it, the error is
// ErrDamaged; a file of whole pages without a checksum stays as it is. Any other end is a checksum
// that was cut or has something behind it.
func Unseal(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size < int64(sealBytes) {
		return err
	}
	seal := make([]byte, sealBytes)
	size -= int64(sealBytes)
	if _, err := f.ReadAt(seal, size); err != nil {
		return err
	}
	want, sealed := bytes.CutPrefix(seal, []byte(sealMark))
	if !sealed && (size+int64(sealBytes))%leastPage != 0 {
		return ErrDamaged
	}
	if !sealed {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return err
	}
	if !bytes.Equal(hex.AppendEncode(nil, sum.Sum(nil)), want[:len(want)-1]) {
		return ErrDamaged
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	return f.Sync()
}
