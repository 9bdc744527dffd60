package sessions

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Device is the client's device at the beginning of a session, as the client described it. Only the
// session's user and administrators see it; it is deleted with the session.
type Device struct {
	// Addr is the client's address.
	Addr string `json:"addr,omitempty"`
	// Agent is the client's header User-Agent, at most [MaxAgent] bytes.
	Agent string `json:"userAgent,omitempty"`
}

// MaxAgent is the longest stored User-Agent, in bytes.
const MaxAgent = 256

// deviceOf returns the caller's device; nil if there is none: the caller is a program that stands
// for the instance, or sends no data.
func deviceOf(by users.Actor) *Device {
	d := Device{Agent: agent(by.Headers.Get("User-Agent"))}
	if by.Addr.IsValid() {
		d.Addr = by.Addr.Unmap().String()
	}
	if by.Instance() || d == (Device{}) {
		return nil
	}
	return &d
}

// agent returns a User-Agent without invisible characters, cut at a rune.
func agent(sent string) string {
	sent = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, sent[:min(len(sent), 4*MaxAgent)])
	end := min(len(sent), MaxAgent)
	for end < len(sent) && !utf8.RuneStart(sent[end]) {
		end--
	}
	return strings.Clone(sent[:end])
}

// Client describes a device for people, from its user agent. Unknown members are "".
type Client struct {
	// Browser is the name of a browser or a program.
	Browser string `json:"browser,omitempty"`
	Version string `json:"version,omitempty"`
	System  string `json:"system,omitempty"`
	Mobile  bool   `json:"mobile,omitempty"`
}

// ShownDevice is a device in the API's form.
type ShownDevice struct {
	Device
	Client
}

// Shown returns the device with its description; nil for nil.
func (d *Device) Shown() *ShownDevice {
	if d == nil {
		return nil
	}
	return &ShownDevice{*d, d.Client()}
}

// Words in user agents and their meaning. Many agents contain several; the first in the list
// counts.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// Client parses the user agent.
func (d *Device) Client() Client {
	c := Client{Mobile: strings.Contains(d.Agent, "Mobi")}
	for _, known := range browsers {
		if _, version, is := strings.Cut(d.Agent, known[0]); is {
			c.Browser, c.Version = known[1], digits(version)
			break
		}
	}
	for _, known := range systems {
		if strings.Contains(d.Agent, known[0]) {
			c.System = known[1]
			break
		}
	}
	// A program begins with its name and version; all browsers begin alike.
	if name, rest, is := strings.Cut(d.Agent, "/"); c.Browser == "" && is && name != "Mozilla" && !strings.Contains(name, " ") {
		c.Browser, c.Version = name, digits(rest)
	}
	return c
}

// digits returns the digits and dots at the beginning of a text.
func digits(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789."))]
}
