package kuzzleview

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestFormLeadsOn: the answer to a page's form may be a redirect, which Chromium follows only if
// the page's rules allow the target. The rules must allow every possible redirect target, and
// nothing else.
func TestFormLeadsOn(t *testing.T) {
	targets := map[string]string{ // the source in the rules that allows each target
		"/own/path": "'self'", "https://id.example.com/a": "https:",
		"http://localhost:8080/a": "http://localhost:*", "http://127.0.0.1:8080/a": "http://127.0.0.1:*",
		"http://id.example.com/a": "http:",
	}
	for _, loopback := range []bool{false, true} {
		steps := Steps{Loopback: loopback}
		_, rule, _ := strings.Cut(steps.pageRules(), "form-action ")
		rule, _, _ = strings.Cut(rule, ";")
		for to, source := range targets {
			_, err := steps.Answer(&api.Request{}, &strategies.Step{Redirect: to}, nil)
			if may, leads := err == nil, slices.Contains(strings.Fields(rule), source); may != leads {
				t.Errorf("loopback %v: a redirect to %s is allowed: %v; a form may lead there: %v (%s)", loopback, to, may, leads, rule)
			}
		}
	}
}
