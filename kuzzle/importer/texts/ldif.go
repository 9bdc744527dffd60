package texts

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// Entries reads entries of the LDAP Data Interchange Format (RFC 2849): one attribute per
// line, a blank line between entries.
type Entries struct {
	in  *bufio.Reader
	buf []byte
}

// IsLDIF reports whether a text begins like LDIF, after comments.
func IsLDIF(head []byte) bool {
	for bytes.HasPrefix(head, []byte("#")) {
		_, rest, _ := bytes.Cut(head, []byte("\n"))
		for bytes.HasPrefix(rest, []byte(" ")) { // the comment continues
			_, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		head = bytes.TrimLeft(rest, " \t\r\n")
	}
	return bytes.HasPrefix(head, []byte("dn:")) || bytes.HasPrefix(head, []byte("version: 1"))
}

// NewEntries reads a text from its present position.
func NewEntries(in *bufio.Reader) *Entries { return &Entries{in: in} }

// Spoiled is a fault of an entry: the next one can be read.
type Spoiled struct{ Attribute, Reason string }

// Next reads attributes up to a blank line, names in lower case.
func (l *Entries) Next() (map[string][]string, *Spoiled, error) {
	attributes := map[string][][]byte{}
	var spoiled *Spoiled
	size, name, comment := 0, "", false
	for {
		line, err := ReadLine(l.in, &l.buf)
		switch {
		case errors.Is(err, ErrLong):
			spoiled = &Spoiled{"", "the entry has a line that is too long"}
			continue
		case errors.Is(err, io.EOF) && (len(attributes) > 0 || spoiled != nil):
			return l.decode(attributes, spoiled)
		case err != nil:
			return nil, nil, err
		case len(line) == 0 && len(attributes) == 0 && spoiled == nil:
			continue
		case strings.HasPrefix(string(line), "#"), comment && strings.HasPrefix(string(line), " "):
			comment = true
			continue
		case len(line) == 0:
			return l.decode(attributes, spoiled)
		}
		comment = false
		if size += len(line); size > MaxBytes {
			spoiled = &Spoiled{"", "the entry is too long"}
			continue
		}
		if line[0] == ' ' && name != "" {
			list := attributes[name]
			list[len(list)-1] = append(list[len(list)-1], line[1:]...)
			continue
		}
		head, value, ok := strings.Cut(string(line), ":")
		if !ok {
			spoiled = &Spoiled{"", "a line of the entry is not an attribute"}
			continue
		}
		name, _, _ = strings.Cut(strings.ToLower(head), ";")
		if name != "version" {
			attributes[name] = append(attributes[name], []byte(value))
		} else {
			name = ""
		}
	}
}

// decode removes the marks before values: a second colon means base64.
func (l *Entries) decode(written map[string][][]byte, spoiled *Spoiled) (map[string][]string, *Spoiled, error) {
	attributes := map[string][]string{}
	for name, list := range written {
		for _, text := range list {
			value := string(text)
			if encoded, ok := strings.CutPrefix(value, ":"); ok {
				plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
				if err != nil && spoiled == nil {
					spoiled = &Spoiled{name, "the value is not base64"}
				}
				value = string(plain)
			}
			attributes[name] = append(attributes[name], strings.TrimSpace(value))
		}
	}
	return attributes, spoiled, nil
}
