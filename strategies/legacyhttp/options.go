package legacyhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Options are the strategy's configuration. All but URL have defaults.
type Options struct {
	// URL is where to ask: https, or http as well with Internal.
	URL string `json:"url"`
	// Internal allows an address of this machine or of a private network; else
	// only public ones are connected to.
	Internal bool `json:"internal"`
	// Method is POST, the default, or PUT: a password does not belong in an URL.
	Method string `json:"method"`
	// Encoding is "json", the default, or "form".
	Encoding string `json:"encoding"`
	// Body is sent with {username} and {password} replaced in all its texts:
	// {"username": "{username}", "password": "{password}"} by default. A form's
	// is an object of texts.
	Body json.RawMessage `json:"body"`
	// SecretHeaders are sent too. Configuration that is shown masks them.
	SecretHeaders map[string]string `json:"secretHeaders"`
	// Accept says what counts as a yes.
	Accept Accept `json:"accept"`
	// Refusals are the statuses that count as a no: 400, 401, 403, 404 and 422
	// by default. So does a yes without what Accept asks of its body. All other
	// answers are none.
	Refusals []int `json:"refusals"`
	// TimeoutMS is how long an answer may take, at most and by default 5000.
	TimeoutMS int `json:"timeoutMs"`
	// Concurrent is how many questions there are at once: 16 by default, at
	// most 1,000. More wait, a bounded number of them and no longer than for an
	// answer.
	Concurrent int `json:"concurrent"`
	// Create makes users who are not here yet; nil, the default, does not.
	Create *Create `json:"create"`
}

// Accept says what counts as a yes.
type Accept struct {
	// Statuses are any of 200 to 299 by default. Redirects are not followed, so
	// that 302 can stand here too.
	Statuses []int `json:"statuses"`
	// Pointer is an RFC 6901 pointer to a value of the answer's JSON that has to
	// be there and not null or false; with Equals it has to be that.
	Pointer string          `json:"pointer"`
	Equals  json.RawMessage `json:"equals"`
}

// Create says what users are made of, by pointers into the answer's JSON.
type Create struct {
	// ProfileIDs are for everybody; Roles adds those of some.
	ProfileIDs []string `json:"profileIds"`
	Roles      Roles    `json:"roles"`
	// Content gives fields of the content.
	Content map[string]string `json:"content"`
	// Identifiers gives username, email and phone, beside the name of the login.
	Identifiers map[string]string `json:"identifiers"`
}

// Roles gives profiles for what the old system says of a user, a text or a list
// of them. A role that is not named gives none.
type Roles struct {
	Pointer  string            `json:"pointer"`
	Profiles map[string]string `json:"profiles"`
}

const (
	maxTimeout        = 5 * time.Second
	defaultConcurrent = 16
	maxConcurrent     = 1000

	asJSON, asForm = "json", "form"
)

// filled fills in what is not given.
func (o Options) filled() Options {
	if o.Method == "" {
		o.Method = http.MethodPost
	}
	if o.Encoding == "" {
		o.Encoding = asJSON
	}
	if o.Body == nil {
		o.Body = json.RawMessage(`{"username":"{username}","password":"{password}"}`)
	}
	if o.Refusals == nil {
		o.Refusals = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity}
	}
	if o.TimeoutMS == 0 {
		o.TimeoutMS = int(maxTimeout.Milliseconds())
	}
	if o.Concurrent == 0 {
		o.Concurrent = defaultConcurrent
	}
	return o
}

// withDefaults fills in what is not given and refuses what cannot be.
func (o Options) withDefaults() (Options, error) {
	o = o.filled()
	switch {
	case o.Method != http.MethodPost && o.Method != http.MethodPut:
		return o, fmt.Errorf("method: give %s or %s", http.MethodPost, http.MethodPut)
	case o.Encoding != asJSON && o.Encoding != asForm:
		return o, fmt.Errorf("encoding: give %q or %q", asJSON, asForm)
	case o.TimeoutMS < 0 || o.timeout() > maxTimeout:
		return o, fmt.Errorf("timeoutMs: give at most %d", maxTimeout.Milliseconds())
	case o.Concurrent < 0 || o.Concurrent > maxConcurrent:
		return o, fmt.Errorf("concurrent: give 1 to %d", maxConcurrent)
	}
	return o, errors.Join(o.checkURL(), o.checkHeaders(), o.checkAnswers(), o.Create.check())
}

func (o Options) timeout() time.Duration { return time.Duration(o.TimeoutMS) * time.Millisecond }

func (o Options) checkURL() error {
	at, err := url.Parse(o.URL)
	switch {
	case err != nil || at.Host == "" || at.Fragment != "":
		// The parser's own error quotes what may hold a password.
		return errors.New("url: give an address such as https://old.example.com/login")
	case at.User != nil:
		return errors.New("url: give name and password as the header Authorization in secretHeaders")
	case at.Scheme != "https" && !(at.Scheme == "http" && o.Internal):
		return errors.New("url: give an https address, since passwords go there; http is for internal ones")
	}
	return nil
}

func (o Options) checkHeaders() error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	for name, value := range o.SecretHeaders {
		low := strings.ToLower(name)
		ours := slices.Contains([]string{"host", "content-length", "content-type", "transfer-encoding", "connection"}, low)
		if low == "" || strings.Trim(low, letters) != "" || ours || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("secretHeaders: %q cannot be set, or not to that", name)
		}
	}
	return nil
}

func (o Options) checkAnswers() error {
	for _, status := range slices.Concat(o.Refusals, o.Accept.Statuses) {
		if status < 200 || status > 499 {
			return fmt.Errorf("accept.statuses, refusals: %d is no status that says yes or no", status)
		}
	}
	if o.Accept.Pointer == "" && o.Accept.Equals != nil {
		return errors.New("accept.equals: give accept.pointer with it")
	}
	return checkPointer("accept.pointer", o.Accept.Pointer)
}

func (c *Create) check() error {
	if c == nil {
		return nil
	}
	if len(c.ProfileIDs) == 0 {
		return errors.New("create.profileIds: give at least one profile")
	}
	if c.Roles.Pointer == "" != (len(c.Roles.Profiles) == 0) {
		return errors.New("create.roles: give both pointer and profiles")
	}
	failed := []error{checkPointer("create.roles.pointer", c.Roles.Pointer)}
	for field, pointer := range c.Content {
		failed = append(failed, checkPointer("create.content."+field, pointer))
		if field == profilesKey {
			failed = append(failed, errors.New("create.content: profiles come from create.profileIds and create.roles"))
		}
	}
	for kind, pointer := range c.Identifiers {
		failed = append(failed, checkPointer("create.identifiers."+kind, pointer))
		if !slices.Contains(strategies.NameFields(), kind) {
			failed = append(failed, fmt.Errorf("create.identifiers: %q is none of %s", kind, strings.Join(strategies.NameFields(), ", ")))
		}
	}
	return errors.Join(failed...)
}

func checkPointer(name, pointer string) error {
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		return fmt.Errorf("%s: give a JSON pointer such as /user/name", name)
	}
	return nil
}

// read decodes the configuration; without any there is nobody to ask.
func read(cfg json.RawMessage) (Options, error) {
	var options Options
	if err := strategies.DecodeConfig(cfg, &options); err != nil {
		return options, fmt.Errorf("%s: %w", Name, err)
	}
	if options.URL == "" {
		return options, strategies.ErrNotConfigured
	}
	options, err := options.withDefaults()
	if err != nil {
		return options, fmt.Errorf("%s: %w", Name, err)
	}
	return options, nil
}
