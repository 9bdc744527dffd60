package kuzzleview

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Steps makes the answers for further steps of strategies.
type Steps struct {
	// Loopback allows redirects to http on this machine.
	Loopback bool
}

// shownPage is a page as data.
type shownPage struct {
	Page strategies.Page `json:"page"`
}

// Answer returns the answer for a step. again are the arguments in the URL to which a page's button
// sends its form.
func (s Steps) Answer(req *api.Request, step *strategies.Step, again url.Values) (any, error) {
	if err := step.Check(s.Loopback); err != nil {
		return nil, fmt.Errorf("a step of a strategy: %w", err)
	}
	switch {
	case step.Challenge != nil:
		return step.Challenge, nil
	case step.Page != nil && req.OverHTTP() && strings.Contains(req.Headers.Get("Accept"), "text/html"):
		return s.page(req, step.Page, again), nil
	case step.Page != nil:
		return shownPage{*step.Page}, nil
	case step.Redirect != "":
		req.SetHeader("Location", step.Redirect)
		return api.WithStatus{Status: http.StatusFound, Result: step.Answer}, nil
	}
	return step.Answer, nil
}

// StepAnswers are what Answer answers, a step's own Answer aside.
func StepAnswers() []any {
	return []any{strategies.Challenge{}, shownPage{}, api.Raw{ContentType: pageType}, api.WithStatus{Status: http.StatusFound}}
}

const pageType = "text/html; charset=utf-8"

const pageStyle = "body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em}p{white-space:pre-line}button,input{font:inherit;padding:.5em 1.5em}label,label input{display:block;margin:.5em 0}"

// pageRules tell a browser what a page may do: use its one style, and send its form to this server
// and on to every possible redirect target. Chromium also applies form-action to the redirect that
// answers a form.
var pageRules = func() string {
	style := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https:"
}()

// pageRulesLoopback also allow a form to lead to http on this machine.
var pageRulesLoopback = pageRules + " http://localhost:* http://127.0.0.1:*"

func (s Steps) pageRules() string {
	if s.Loopback {
		return pageRulesLoopback
	}
	return pageRules
}

// page makes the HTML of a page. It escapes every text, in elements and in quoted attributes.
func (s Steps) page(req *api.Request, p *strategies.Page, again url.Values) api.Raw {
	for name, value := range map[string]string{
		"Content-Security-Policy": s.pageRules(), "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy": referrers(again),
	} {
		req.SetHeader(name, value)
	}
	var out strings.Builder
	write := func(format string, texts ...any) {
		for i, text := range texts {
			texts[i] = html.EscapeString(strings.ToValidUTF8(text.(string), "\uFFFD"))
		}
		fmt.Fprintf(&out, format, texts...)
	}
	write(`<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>`, p.Title)
	out.WriteString("<style>" + pageStyle + "</style></head><body><main>")
	write(`<h1>%s</h1><p>%s</p>`, p.Title, p.Text)
	if p.Button != "" {
		// An action of only a query keeps the path and replaces the query.
		write(`<form method="post" action="?%s">`, again.Encode())
		for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
			write(`<input type="hidden" name="%s" value="%s">`, name, p.Fields[name])
		}
		for _, input := range p.Inputs {
			kind, more := "text", ""
			switch {
			case input.Checked:
				kind, more = "checkbox", ` value="true"`
			case input.Secret:
				kind, more = "password", ` autocomplete="new-password"`
			}
			write(`<label>%s<input type="%s" name="%s" required`, input.Label, kind, input.Name)
			out.WriteString(more + "></label>")
		}
		write(`<button>%s</button></form>`, p.Button)
	}
	out.WriteString("</main></body></html>\n")
	return api.Raw{ContentType: pageType, Body: []byte(out.String())}
}

// referrers returns the page's Referrer-Policy: none, except for a cookie login, which must prove
// that it comes from a page of this server; then it is the origin.
func referrers(again url.Values) string {
	if again.Has("cookieAuth") {
		return "strict-origin"
	}
	return "no-referrer"
}
