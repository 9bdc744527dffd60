package network

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Origins is the list of web origins that may call. A nil *Origins lets every
// origin call, as the entry "*" does.
type Origins struct {
	any      bool
	listed   map[string]bool
	patterns []*regexp.Regexp
}

// NewOrigins reads http.accessControlAllowOrigin: origins such as
// https://app.example.com, the entry "*", or, if patterns is set, regular
// expressions that must match a whole origin.
func NewOrigins(entries []string, patterns bool) (*Origins, error) {
	o := &Origins{listed: map[string]bool{}}
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		switch {
		case entry == "":
		case entry == "*":
			o.any = true
		case patterns:
			pattern, err := regexp.Compile("^(?:" + entry + ")$")
			if err != nil {
				return nil, fmt.Errorf("http.accessControlAllowOrigin: %q is no regular expression: %w", entry, err)
			}
			o.patterns = append(o.patterns, pattern)
		default:
			o.listed[strings.ToLower(entry)] = true
		}
	}
	return o, nil
}

// Allowed reports whether pages of an origin may call. It implements the
// dispatcher's Origins.
func (o *Origins) Allowed(origin string) bool { return o.All() || o.Listed(origin) }

// All reports whether every origin is allowed.
func (o *Origins) All() bool { return o == nil || o.any }

// Listed reports whether an origin is allowed by its own name, not merely by
// "*".
func (o *Origins) Listed(origin string) bool {
	if o == nil {
		return false
	}
	if o.listed[origin] || o.listed[strings.ToLower(origin)] {
		return true
	}
	for _, pattern := range o.patterns {
		if pattern.MatchString(origin) {
			return true
		}
	}
	return false
}

// sameOrigin reports whether an origin is that of the server itself, as the
// client addressed it. An https page may call a server that sees http, because a
// proxy may end TLS. The reverse is not allowed.
func sameOrigin(origin, host string, encrypted bool) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || host == "" || u.Scheme+"://"+u.Host != origin {
		return false // an origin has no user and no path
	}
	switch u.Scheme {
	case "https":
		return strings.EqualFold(strings.TrimSuffix(u.Host, ":443"), strings.TrimSuffix(host, ":443"))
	case "http":
		return !encrypted && strings.EqualFold(strings.TrimSuffix(u.Host, ":80"), strings.TrimSuffix(host, ":80"))
	}
	return false
}
