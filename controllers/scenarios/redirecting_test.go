package scenarios

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/strategies"
)

// redirecting is a strategy like OAuth's in that a redirect brings its credentials: its code for
// KUID is "of-KUID".
type redirecting struct{}

var _ strategies.Redirector = redirecting{}

func newRedirecting(json.RawMessage, strategies.Host) (strategies.Strategy, error) {
	return redirecting{}, nil
}

func (redirecting) Name() string { return "redirecting" }

func (redirecting) Redirects() {}

func (redirecting) Authenticate(_ context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	code, _ := in["code"].(string)
	kuid, proven := strings.CutPrefix(code, "of-")
	if !proven {
		return strategies.Outcome{}, strategies.Refused()
	}
	return strategies.Outcome{Kuid: kuid, Factor: "redirecting"}, nil
}

func (redirecting) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (redirecting) Info(strategies.Record) strategies.Credentials { return nil }
