package network

import (
	"cmp"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// arguments reads the query string. It never reads the action or the token from
// there: a link must not choose the action, and tokens in URLs end up in logs. A
// body or volatile there is an error, as in Kuzzle, because it would be lost. In
// other dialects these names have no special meaning.
func (x *exchange) arguments() error {
	if x.r.URL.RawQuery == "" {
		return nil
	}
	defer x.server.heavily(int(x.share.Held() - baseWeight))()
	var wrong error
	err := eachPair(x.r.URL.RawQuery, func(name, value string) {
		if !x.kuzzle() {
			x.req.SetArg(name, repeated(x.req.Args[name], value))
			return
		}
		switch name {
		case "controller", "action", "jwt":
			return
		case "body", "volatile":
			wrong = cmp.Or(wrong, error(assert.InvalidType.New(name, "object")))
			return
		case "pretty":
			x.pretty = true
		}
		x.req.SetArg(name, repeated(x.req.Args[name], value))
	})
	return cmp.Or(err, wrong)
}

// repeated adds a value to the values of a key; the second value makes it a
// list.
func repeated(before any, value string) any {
	switch before := before.(type) {
	case nil:
		return value
	case []any:
		return append(before, value)
	}
	return []any{before, value}
}

// eachPair visits name=value pairs joined by &, the format of queries and forms.
func eachPair(text string, visit func(name, value string)) error {
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return assert.InvalidArgument.New(printable(name), "a name that is percent-encoded UTF-8")
		}
		if value, err = unescape(value); err != nil {
			return assert.InvalidArgument.New(name, "percent-encoded UTF-8")
		}
		visit(name, value)
	}
	return nil
}

func unescape(text string) (string, error) {
	if strings.IndexByte(text, '%') >= 0 || strings.IndexByte(text, '+') >= 0 {
		decoded, err := url.QueryUnescape(text)
		if err != nil {
			return text, err
		}
		text = decoded
	}
	if !utf8.ValidString(text) {
		return text, errNotUTF8
	}
	return text, nil
}

func printable(text string) string {
	if len(text) > 50 {
		text = text[:50]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
