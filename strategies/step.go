package strategies

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Step is what a login or an action asks its client for before it is done, whatever
// the client came by. An action of a strategy's own may answer a *Step.
type Step struct {
	// Answer is for the client to read, such as where a code was sent.
	Answer any
	// Redirect is the URL that the client's browser goes on to; "" is none. It is an
	// absolute https URL or a path of this server's own; with --dev, or where Local is set, it
	// may be http on this machine. It comes from the configuration: a strategy that takes it from a
	// request sends people wherever an attacker likes.
	Redirect string
	// Local is set where an administrator chose the Redirect.
	Local bool
	// Page is shown to a browser, which asks for text/html; any other client gets it
	// as data. It takes the place of Answer.
	Page *Page
	// Challenge asks for a second factor. The backend sets it, no strategy does.
	Challenge *Challenge
}

// Challenge is a login whose first factor is proved and that waits for a second.
type Challenge struct {
	// Kuid is always null: nobody is logged in yet.
	Kuid *string `json:"_id"`
	// Token goes with the proof of the second factor. It is for the client that
	// began the login, for one success, and for few tries.
	Token string `json:"challenge"`
	// Factors are the strategies by which the login may be finished.
	Factors []string `json:"factors"`
	// ExpiresAt is in epoch milliseconds.
	ExpiresAt int64 `json:"expiresAt"`
}

// Page is a small page. It is text, of which the backend makes the HTML, so that
// nothing in it can be more than text. The page runs no script, loads nothing, lies in
// no frame and no cache, and tells no other site where it was.
type Page struct {
	Title string `json:"title"`
	// Text may have several lines.
	Text string `json:"text,omitempty"`
	// Button sends Fields as a form by POST to where the page came from, without the
	// query that it was asked for with. "" is a page without a button.
	Button string            `json:"button,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	// Inputs are what the reader fills in; the button sends them too.
	Inputs []Input `json:"inputs,omitempty"`
}

// Input is something that the reader of a page fills in. What is Secret is not shown while
// it is typed; what is Checked is agreed to, and sent as true.
type Input struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Secret  bool   `json:"secret,omitempty"`
	Checked bool   `json:"checked,omitempty"`
}

const (
	// MaxPage bounds all texts of a page together, in bytes.
	MaxPage = 8 << 10
	// maxRedirect bounds a URL, in bytes.
	maxRedirect = 4 << 10
)

// Check refuses a redirect or a page that no client may get. loopback lets http to
// this machine pass too.
func (s *Step) Check(loopback bool) error {
	if s.Page != nil {
		size := len(s.Page.Title) + len(s.Page.Text) + len(s.Page.Button)
		for name, value := range s.Page.Fields {
			size += len(name) + len(value)
		}
		for _, input := range s.Page.Inputs {
			size += len(input.Name) + len(input.Label)
		}
		if size > MaxPage {
			return fmt.Errorf("a page of %d bytes; the limit is %d", size, MaxPage)
		}
	}
	if s.Redirect == "" {
		return nil
	}
	return checkRedirect(s.Redirect, loopback || s.Local)
}

// errRedirect does not repeat the URL, which may hold a secret.
var errRedirect = errors.New("a redirect goes to an absolute https URL or to a path of this server")

func checkRedirect(to string, loopback bool) error {
	wrong := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
	if len(to) > maxRedirect || strings.ContainsFunc(to, wrong) {
		return errRedirect
	}
	at, err := url.Parse(to)
	switch {
	case err != nil || at.User != nil || at.Opaque != "":
		return errRedirect
	case at.Scheme == "" && at.Host == "" && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//"):
		return nil
	case at.Scheme == "https" && at.Hostname() != "":
		return nil
	case at.Scheme == "http" && loopback && onThisMachine(at.Hostname()):
		return nil
	}
	return errRedirect
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
