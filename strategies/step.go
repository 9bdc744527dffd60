package strategies

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Step is a further step that a login or an action asks of its client, over any transport. A
// strategy's own action may return a *Step as its result.
type Step struct {
	// Answer is data for the client, such as where a code was sent.
	Answer any
	// Redirect is the next URL for the client's browser; "" is none. It is an absolute https URL or
	// a path of this server. With --dev, or with Local, it may be http on this machine. Take it
	// from the configuration: if a request could choose it, attackers could send users anywhere.
	Redirect string
	// Local is set if an administrator chose the Redirect.
	Local bool
	// Page is shown to browsers, which ask for text/html. Other clients get it as data. It replaces
	// Answer.
	Page *Page
	// Challenge asks for a second factor. Only the backend sets it.
	Challenge *Challenge
}

// Challenge is a login that has proved its first factor and waits for a second.
type Challenge struct {
	// Kuid is always null: nobody is logged in yet.
	Kuid *string `json:"_id"`
	// Token goes with the proof of the second factor. It belongs to the client that began the
	// login, and allows one success and a few tries.
	Token string `json:"challenge"`
	// Factors are the strategies that can finish the login.
	Factors []string `json:"factors"`
	// ExpiresAt is in epoch milliseconds.
	ExpiresAt int64 `json:"expiresAt"`
}

// Page is a small page of plain text, from which the backend makes the HTML, so that no markup can
// get in. The page runs no script, loads nothing, can be neither framed nor cached, and sends no
// referrer.
type Page struct {
	Title string `json:"title"`
	// Text may have several lines.
	Text string `json:"text,omitempty"`
	// Button sends Fields as a form by POST to the page's own path, without the query. "" is a page
	// without a button.
	Button string            `json:"button,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	// Inputs are what the reader fills in; the button sends them too.
	Inputs []Input `json:"inputs,omitempty"`
}

// Input is a field that the reader of a page fills in. A Secret one is hidden while it is typed. A
// Checked one is a checkbox, and sent as true.
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

// Check refuses an unsafe redirect or page. loopback also allows http to this machine.
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
			return fmt.Errorf("a page has %d bytes; the limit is %d", size, MaxPage)
		}
	}
	if s.Redirect == "" {
		return nil
	}
	return checkRedirect(s.Redirect, loopback || s.Local)
}

// errRedirect does not quote the URL, which may hold a secret.
var errRedirect = errors.New("a redirect must be an absolute https URL or a path of this server")

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
