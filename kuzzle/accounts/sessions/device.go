package sessions

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Device is where a session began, as the client told it. It is for its user and for
// those who manage users, and leaves with the session.
type Device struct {
	// Addr is the client's address.
	Addr string `json:"addr,omitempty"`
	// Agent is what the client calls itself, its header User-Agent: [MaxAgent] bytes at
	// most.
	Agent string `json:"userAgent,omitempty"`
}

// MaxAgent is how much is kept of what a client calls itself, in bytes.
const MaxAgent = 256

// deviceOf is where somebody asks for a session; nil where it is nobody's device: a
// program stands for the instance, or says nothing.
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

// agent is what a client calls itself, without what nobody sees, cut at a rune.
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

// Client is what can be told of a device from its user agent, for people to read. Unknown
// members are "".
type Client struct {
	// Browser is a browser's name, or a program's.
	Browser string `json:"browser,omitempty"`
	Version string `json:"version,omitempty"`
	System  string `json:"system,omitempty"`
	Mobile  bool   `json:"mobile,omitempty"`
}

// ShownDevice is a device as the API answers one.
type ShownDevice struct {
	Device
	Client
}

// Shown is the device with what is told of it; nil of nil.
func (d *Device) Shown() *ShownDevice {
	if d == nil {
		return nil
	}
	return &ShownDevice{*d, d.Client()}
}

// Words of user agents and what they stand for. Many claim to be several: the first one
// that is there counts.
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

// Client reads the user agent.
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
	// A program says its name and version first; browsers all begin alike.
	if name, rest, is := strings.Cut(d.Agent, "/"); c.Browser == "" && is && name != "Mozilla" && !strings.Contains(name, " ") {
		c.Browser, c.Version = name, digits(rest)
	}
	return c
}

// digits are the digits and dots that a text begins with.
func digits(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789."))]
}
