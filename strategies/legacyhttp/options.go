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

// Options are the strategy's configuration. All except URL have defaults.
type Options struct {
	// System is auth0, cognito, firebase or keycloak, or "" for another system. It defines the
	// requests and the meaning of the answers, so that Method, Encoding, Body, Accept and Refusals
	// are left out.
	System string `json:"system"`
	// ClientID and ClientSecret are those of the client at Auth0, Cognito or Keycloak, which may
	// have no secret. APIKey is Firebase's, Region Cognito's.
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	APIKey       string `json:"apiKey"`
	Region       string `json:"region"`
	// Realm is the part of the system that has the users: Keycloak's realm, Auth0's database
	// connection, or Firebase's tenant.
	Realm string `json:"realm"`
	// WithoutFactor accepts a right password although the system asks for a second factor too.
	// Otherwise such a login is refused.
	WithoutFactor bool `json:"acceptWithoutFactor"`
	// URL is the old system's address: https, or with Internal also http. Auth0 and Keycloak need
	// the address of their server; Cognito and Firebase have one of their own.
	URL string `json:"url"`
	// Internal allows addresses of this machine and of private networks. Without it only public
	// addresses are allowed.
	Internal bool `json:"internal"`
	// Method is POST, the default, or PUT: a password must not be in a URL.
	Method string `json:"method"`
	// Encoding is "json", the default, or "form".
	Encoding string `json:"encoding"`
	// Body is the request's body. In all its texts {username} and {password} are replaced. The
	// default is {"username": "{username}", "password": "{password}"}. The body of a form is an
	// object of texts.
	Body json.RawMessage `json:"body"`
	// SecretHeaders are sent too. The shown configuration masks them.
	SecretHeaders map[string]string `json:"secretHeaders"`
	// Accept defines a yes.
	Accept Accept `json:"accept"`
	// Refusals are the statuses that mean no: 400, 401, 403, 404 and 422 by default. A status that
	// means yes is a no if the body lacks the value of Accept. Any other answer is an error.
	Refusals []int `json:"refusals"`
	// TimeoutMS is the longest wait for an answer; 5000 is the default and the maximum.
	TimeoutMS int `json:"timeoutMs"`
	// Concurrent is the number of concurrent requests: 16 by default, at most 1,000. A bounded
	// number of further requests waits, no longer than for an answer.
	Concurrent int `json:"concurrent"`
	// Create creates users who are unknown here; nil, the default, creates none.
	Create *Create `json:"create"`
}

// Accept defines a yes.
type Accept struct {
	// Statuses are all of 200 to 299 by default. Redirects are not followed, so 302 may be listed
	// too.
	Statuses []int `json:"statuses"`
	// Pointer is an RFC 6901 pointer to a value in the answer's JSON, which must exist and be
	// neither null nor false. With Equals it must be that value.
	Pointer string          `json:"pointer"`
	Equals  json.RawMessage `json:"equals"`
}

// Create defines new users, by pointers into the answer's JSON.
type Create struct {
	// ProfileIDs are given to all; Roles adds profiles for some.
	ProfileIDs []string `json:"profileIds"`
	Roles      Roles    `json:"roles"`
	// Content maps fields of the user's content to pointers.
	Content map[string]string `json:"content"`
	// Identifiers maps username, email and phone to pointers, beside the name of the login.
	Identifiers map[string]string `json:"identifiers"`
}

// Roles maps the old system's roles of a user, one text or a list, to profiles. A role that is not
// listed gives no profile.
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

// filled adds the defaults.
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

// withDefaults adds the defaults and refuses invalid options.
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
		// The parser's own error quotes the URL, which may hold a password.
		return errors.New("url: give an address such as https://old.example.com/login")
	case at.User != nil:
		return errors.New("url: move name and password to the header Authorization in secretHeaders")
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
			return fmt.Errorf("secretHeaders: %q is reserved, or it or its value is invalid", name)
		}
	}
	return nil
}

func (o Options) checkAnswers() error {
	for _, status := range slices.Concat(o.Refusals, o.Accept.Statuses) {
		if status < 200 || status > 499 {
			return fmt.Errorf("accept.statuses, refusals: %d cannot mean yes or no", status)
		}
	}
	if o.Accept.Pointer == "" && o.Accept.Equals != nil {
		return errors.New("accept.equals: accept.pointer is required with it")
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
		return errors.New("create.roles: both pointer and profiles are required")
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

// read decodes the configuration. An absent one is ErrNotConfigured.
func read(cfg json.RawMessage) (Options, error) {
	var options Options
	if err := strategies.DecodeConfig(cfg, &options); err != nil {
		return options, fmt.Errorf("%s: %w", Name, err)
	}
	if options.URL == "" && options.System == "" {
		return options, strategies.ErrNotConfigured
	}
	options, err := options.prepared()
	if err == nil {
		options, err = options.withDefaults()
	}
	if err != nil {
		return options, fmt.Errorf("%s: %w", Name, err)
	}
	return options, nil
}
