package frontend

import (
	"net/http"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Deps are the dependencies of the dialect.
type Deps struct {
	Accounts *accounts.Accounts
	// Keys verifies the secret keys of proxies.
	Keys  edge.Keys
	Rules *rules.InForce
	// Windows limit requests; nil limits nothing.
	Windows *throttle.Windows
	// Rates counts the requests in sessions of each user, in windows of RateEvery.
	Rates *throttle.Rate
	// FrontendAPI is the content of the instance's publishable keys.
	FrontendAPI string
	// LinkBase returns the server's address for other people, "" if it is unknown.
	LinkBase func() string
	// Off refuses all requests.
	Off bool
}

// Verbs of the query that mean something to the transport.
const (
	verbParameter    = "_method"
	sessionParameter = "_clerk_session_id"
	pathParameter    = "session_id"
)

// own are the first segments of paths that only this dialect has, shared those that the Backend API
// has too. A key without a page belongs to the Backend API, which answers that it has no such path.
var (
	own    = []string{"client", "dev_browser", "environment", "me", "tickets", "verify", "waitlist"}
	shared = []string{"organizations"}
)

// accepted are the types of bodies.
var accepted = []string{"application/x-www-form-urlencoded", "multipart/form-data", "application/json"}

// Dialect returns the dialect.
func Dialect(deps Deps) *api.Dialect {
	door := &door{Deps: deps, origins: newOrigins(deps.FrontendAPI, deps.Rules)}
	d := &api.Dialect{
		Name: "clerk-frontend", Prefix: edge.Prefix, Chosen: deps.chosen, Verb: verb,
		Authenticator: door, Origins: anyOrigin{}, CORS: door.cors,
		Accepts: accepted, Bodiless: []string{http.MethodGet, http.MethodHead}, EmptyObject: true, AllViolations: true, PlainLists: true,
		ContentType: "application/json", Status: edge.Status, Header: edge.Trace, Append: answer,
	}
	if path := publishable.Path(deps.FrontendAPI); path != "" {
		d.Beside = []string{path}
	}
	return d
}

func (d *Deps) chosen(sent http.Header, segment string) bool {
	withKey := len(sent["Authorization"]) > 0
	return slices.Contains(own, segment) && (!withKey || len(sent["Origin"]) > 0) || slices.Contains(shared, segment) && !withKey && !d.Off
}

// verb returns the verb of a form, which can only be GET or POST.
func verb(sent string, args map[string]any) string {
	meant, _ := args[verbParameter].(string)
	if sent == http.MethodPost && slices.Contains([]string{http.MethodPut, http.MethodPatch, http.MethodDelete}, meant) {
		return meant
	}
	return sent
}

// Answer is the answer of an action: a resource, and the browser's whole state if it may have
// changed; Client is nil otherwise.
type Answer struct {
	Response any `json:"response"`
	Client   any `json:"client"`
}

func answer(dst []byte, req *api.Request, res *api.Response, _ bool) ([]byte, error) {
	if res.Err != nil {
		return edge.AppendErrors(dst, res.Err, req.ID, false)
	}
	return api.AppendJSON(dst, res.Result)
}

// Refused returns Clerk's error for a fault of the domain that has another meaning for browsers than
// for applications.
func Refused(err error) error { return refusals.Of(err) }
