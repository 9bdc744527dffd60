package strategytest_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// linkFlaws are faults of a strategy that logs in by links, each with the subtest that must find
// it.
var linkFlaws = map[string]string{
	"a proof lasts":             "Once",
	"a followed link uses up":   "Links",
	"a followed link tells":     "Links",
	"a page without a button":   "Links",
	"a page too large":          "Links",
	"a token of any type":       "HostileInput",
	"a header that is for none": "Name",
}

func TestFindsFlawsOfLinks(t *testing.T) { findsFlaws(t, "TestLinkStrategy", linkFlaws) }

// TestLinkStrategy passes, except in a process that was started with a flaw.
func TestLinkStrategy(t *testing.T) {
	flaw := os.Getenv(flawVariable)
	build := func(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		base, err := newFlawed("")(cfg, host)
		return linked{base.(flawed), flaw}, err
	}
	strategytest.Run(t, build, strategytest.Fixtures{
		Credentials: fixtures.Credentials,
		Login: func(host *strategytest.Host, created strategies.Credentials) strategies.Credentials {
			id, _ := created["id"].(string)
			kuid, ok := host.Holder(strategies.Identifier{Kind: "pin", Value: id})
			if !ok {
				return strategies.Credentials{"token": "of nobody"}
			}
			token, err := host.FlowsOf("pin").Put(t.Context(), strategies.Flow{Kuid: kuid, For: time.Hour})
			if err != nil {
				t.Error(err)
			}
			return strategies.Credentials{"token": token}
		},
		Wrong: func(strategies.Credentials) strategies.Credentials { return strategies.Credentials{"token": "wrong"} },
		Once:  true,
	})
}

// linked logs in the user of a token, by a page.
type linked struct {
	flawed
	flaw string
}

func (linked) Redirects() {}

func (s linked) Headers() []string {
	if s.flaw == "a header that is for none" {
		return []string{"Cookie"}
	}
	return []string{"User-Agent"}
}

func (s linked) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	token, _, err := in.Text("token", 256)
	if s.flaw == "a token of any type" && err != nil {
		token, err = in["token"].(string), nil
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	flows := s.host.Flows()
	if s.host.Peer(ctx).Link {
		return s.page(ctx, token)
	}
	take := flows.Take
	if s.flaw == "a proof lasts" {
		take = flows.Peek
	}
	flow, err := take(ctx, token)
	if err != nil {
		return strategies.Outcome{}, strategies.Refused()
	}
	found, ok, err := s.host.Find(ctx, flow.Kuid)
	if err != nil || !ok || len(found.Records) == 0 {
		return strategies.Outcome{}, strategies.Refused()
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: "link"}, nil
}

func (s linked) page(ctx context.Context, token string) (strategies.Outcome, error) {
	page := &strategies.Page{Title: "Log in", Button: "Log in", Fields: map[string]string{"token": token}}
	switch s.flaw {
	case "a followed link uses up":
		_, _ = s.host.Flows().Take(ctx, token)
	case "a followed link tells":
		if _, err := s.host.Flows().Peek(ctx, token); err != nil {
			return strategies.Outcome{}, strategies.Refused()
		}
	case "a page without a button":
		page.Button = ""
	case "a page too large":
		page.Text = string(make([]byte, strategies.MaxPage))
	}
	return strategies.Outcome{Next: &strategies.Step{Page: page}}, nil
}
