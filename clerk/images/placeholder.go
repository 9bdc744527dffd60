package images

import (
	"context"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// placeholders is the path below which placeholders are drawn. Clients tell by its name that the user
// has no picture which could be removed.
const placeholders = "/avatar_placeholder"

// maxInitials is how many letters a placeholder has at most.
const maxInitials = 2

// placeholder returns the URL of the picture of somebody who has none, with the initials of their names;
// "" without a base URL.
func (a Addresses) placeholder(names ...string) string {
	if a.Placeholders == nil {
		return ""
	}
	address, initials := a.Placeholders(), ""
	if address == "" {
		return ""
	}
	for _, name := range names {
		if first, _ := utf8.DecodeRuneInString(name); unicode.IsLetter(first) {
			initials += string(unicode.ToUpper(first))
		}
	}
	address += prefix + placeholders
	if initials != "" {
		address += "/" + url.PathEscape(initials)
	}
	return address
}

// initials has the argument of a placeholder's URL.
type initials struct {
	Letters string `arg:"initials"`
}

// drawPlaceholder draws initials. The letters are only letters, so they cannot be markup.
func drawPlaceholder(_ context.Context, req *api.Request, args initials) (any, error) {
	other := func(c rune) bool { return !unicode.IsLetter(c) }
	if utf8.RuneCountInString(args.Letters) > maxInitials || strings.ContainsFunc(args.Letters, other) {
		return nil, pictures.ErrNone.New(args.Letters)
	}
	kuzzleview.PictureHeaders(req, fresh)
	return api.Raw{ContentType: "image/svg+xml", Body: []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="160" height="160" viewBox="0 0 160 160">` +
		`<rect width="160" height="160" fill="#6b7280"/>` +
		`<text x="80" y="80" dy=".35em" fill="#fff" font-family="sans-serif" font-size="64" text-anchor="middle">` + args.Letters + `</text></svg>`)}, nil
}
