package pictures

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults. ErrType has the accepted types.
var (
	ErrType = fault.Declare(0x400a00c0, "security.user.invalid_picture", 415, "The body is not a picture of an accepted type: send %s.")
	ErrNone = fault.Declare(0x400a00c1, "security.user.picture_not_found", 404, "The user %q has no picture.")
)

// types are the accepted types, each with the first bytes of its files; "?" is any byte.
var types = []struct{ name, begins string }{
	{"image/png", "\x89PNG\r\n\x1a\n"},
	{"image/jpeg", "\xff\xd8\xff"},
	{"image/gif", "GIF87a"},
	{"image/gif", "GIF89a"},
	{"image/webp", "RIFF????WEBPVP8"},
}

// beginning is how many bytes determine the type.
const beginning = 15

// Types lists the accepted content types.
func Types() []string {
	var names []string
	for i, one := range types {
		if i == 0 || types[i-1].name != one.name {
			names = append(names, one.name)
		}
	}
	return names
}

// typeOf returns the content type for the first bytes of a file.
func typeOf(begin []byte) (string, error) {
	for _, one := range types {
		if begins(begin, one.begins) {
			return one.name, nil
		}
	}
	return "", ErrType.New(strings.Join(Types(), " or "))
}

func begins(begin []byte, with string) bool {
	if len(begin) < len(with) {
		return false
	}
	for i, want := range []byte(with) {
		if want != '?' && begin[i] != want {
			return false
		}
	}
	return true
}
