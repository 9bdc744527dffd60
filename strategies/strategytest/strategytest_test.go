package strategytest_test

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// flaws are the faults that the suite must find, each with the subtest that must find it.
var flaws = map[string]string{
	"name changes":               "Name",
	"name is none":               "Name",
	"options ignored":            "Configuration",
	"secret not compared":        "Life",
	"no factor":                  "Life",
	"update forgets":             "Update",
	"update keeps the secret":    "Update",
	"update of nothing":          "Update",
	"own creation refused":       "Own",
	"sign-up refused":            "Own",
	"own update refused":         "Own",
	"own update is no update":    "Own",
	"no proof asked":             "Own",
	"any proof taken":            "Own",
	"validate refuses own":       "Validate",
	"check writes":               "NoSideEffects",
	"check hashes":               "NoSideEffects",
	"check hashes the proof":     "NoSideEffects",
	"input changed":              "NoSideEffects",
	"identifiers change":         "Identifiers",
	"unknown user is told":       "NoEnumeration",
	"unknown user costs nothing": "NoEnumeration",
	"overload is hidden":         "Overload",
	"secret kept as given":       "Secrets",
	"secret shown":               "Secrets",
	"secret logged":              "Secrets",
	"secret in an error":         "Secrets",
	"text changed":               "Unicode",
	"bytes for runes":            "Unicode",
	"panics":                     "HostileInput",
	"plain errors":               "HostileInput",
	"takes any type":             "HostileInput",
	"unknown fields":             "HostileInput",
	"guesses do not count":       "Guesses",
	"a limit is hidden":          "Guesses",
	"a step proves":              "Steps",
	"a step tells":               "Steps",
	"a step spares work":         "Steps",
	"a step sends by itself":     "Steps",
	"a step reaches outside":     "Steps",
	"a refused step goes on":     "Steps",
}

const flawVariable = "STRATEGYTEST_FLAW"

var fixtures = strategytest.Fixtures{
	Credentials: func(n int) strategies.Credentials {
		return strategies.Credentials{"id": fmt.Sprintf("robot %d", n), "pin": fmt.Sprintf("pin %d", n)}
	},
	Wrong: func(login strategies.Credentials) strategies.Credentials {
		login["pin"] = "wrong"
		return login
	},
	Step: func(n int) strategies.Credentials {
		return strategies.Credentials{"id": fmt.Sprintf("robot %d", n), "pin": "by mail"}
	},
	Sent:   func() int { return int(mails.Load()) },
	Change: func(int) strategies.Credentials { return strategies.Credentials{"pin": "another pin"} },
	Proof: func(n int) strategies.Credentials {
		return strategies.Credentials{"current": fmt.Sprintf("pin %d", n)}
	},
	Secrets: []string{"pin"},
	Text:    []string{"id", "pin"},
}

// TestStrategy passes, except in a process that was started with a flaw.
func TestStrategy(t *testing.T) {
	strategytest.Run(t, newFlawed(os.Getenv(flawVariable)), fixtures)
}

// TestFindsFlaws runs the suite on strategies that break the contract.
func TestFindsFlaws(t *testing.T) { findsFlaws(t, "TestStrategy", flaws) }

func findsFlaws(t *testing.T, test string, flaws map[string]string) {
	for flaw, part := range flaws {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$/^"+part+"$")
			cmd.Env = append(os.Environ(), flawVariable+"="+flaw)
			out, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: "+test+"/"+part) {
				t.Errorf("%s does not find it (%v):\n%s", part, err, out)
			}
		})
	}
}

// flawed is a strategy of ids and pins with one fault or none.
type flawed struct {
	host  strategies.Host
	flaw  string
	calls *atomic.Int64
}

var instances atomic.Int64

func newFlawed(flaw string) strategies.New {
	return func(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		instances.Add(1)
		s := flawed{host, flaw, new(atomic.Int64)}
		if flaw == "options ignored" {
			return s, nil
		}
		return s, strategies.DecodeConfig(cfg, &struct{}{})
	}
}

func (s flawed) Name() string {
	switch s.flaw {
	case "name changes":
		return fmt.Sprintf("pin-%d", instances.Load())
	case "name is none":
		return "PIN"
	}
	return "pin"
}

func (s flawed) Fields() []string { return []string{"id", "pin"} }

func (s flawed) Info(rec strategies.Record) strategies.Credentials {
	info := strategies.Credentials{"id": rec.Public["id"]}
	if s.flaw == "secret shown" {
		info["pin"] = rec.Public["pin"]
	}
	return info
}

func (s flawed) Check(ctx context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only("id", "pin", "current"); err != nil && s.flaw != "unknown fields" {
		if s.flaw == "secret in an error" {
			err = assert.Unexpected.New(fmt.Sprint(in), "less")
		}
		return nil, err
	}
	id, hasID, err := s.text(in, "id")
	if err != nil {
		return nil, err
	}
	pin, hasPin, err := s.text(in, "pin")
	if err != nil {
		return nil, err
	}
	current, _, err := s.text(in, "current")
	if err != nil {
		return nil, err
	}
	d := &flawedDraft{s: s, id: id, pin: pin}
	update := who.Reason == strategies.Update
	switch {
	case update && len(who.Records) == 0:
		return nil, strategies.ErrMissing.New("pin")
	case update && !hasID && !hasPin && s.flaw != "update of nothing", !update && !hasPin:
		return nil, assert.Missing.New("pin")
	case !update && !hasID:
		return nil, assert.Missing.New("id")
	case who.Reason == strategies.Validate && len(who.Records) > 0 && s.flaw == "validate refuses own":
		return nil, strategies.ErrExists.New("pin")
	}
	if err := s.judgeOwn(ctx, who, d, current); err != nil {
		return nil, err
	}
	if update {
		d.old = who.Records[0].Secret
		if !hasID {
			d.id, _ = who.Records[0].Public["id"].(string)
		}
	}
	return d, s.misjudge(ctx, in)
}

// judgeOwn asks users for their pin if they change it.
func (s flawed) judgeOwn(ctx context.Context, who strategies.Subject, d *flawedDraft, current string) error {
	update := who.Reason == strategies.Update
	switch {
	case !who.By.Self, who.Reason == strategies.Validate:
		return nil
	case s.flaw == "own creation refused" && !update && who.Kuid == "user-0", s.flaw == "sign-up refused" && !update && who.Kuid == "user-2",
		s.flaw == "own update refused" && update:
		return strategies.ErrExists.New("pin")
	case !update || s.flaw == "no proof asked":
		return nil
	case current == "":
		return assert.Missing.New("current")
	case s.flaw == "any proof taken":
		return nil
	case s.flaw == "check hashes the proof":
		return s.host.Hash(ctx, strategies.Cost{}, func() {})
	}
	d.current, d.own = current, true
	return nil
}

// misjudge has the faults that a Check may have beside its result.
func (s flawed) misjudge(ctx context.Context, in strategies.Credentials) error {
	switch s.flaw {
	case "check writes":
		_, err := s.host.Flows().Put(ctx, strategies.Flow{Kind: "pin"})
		return err
	case "check hashes":
		return s.host.Hash(ctx, strategies.Cost{}, func() {})
	case "input changed":
		in["pin"] = "gone"
	case "secret logged":
		s.host.Log().Info("checked", "in", in)
	}
	return nil
}

func (s flawed) text(in strategies.Credentials, field string) (string, bool, error) {
	switch s.flaw {
	case "panics":
		if in[field] != nil {
			return in[field].(string), in[field] != "", nil
		}
	case "plain errors":
		if _, ok := in[field].(string); !ok && in[field] != nil {
			return "", false, errors.New("no text")
		}
	case "takes any type":
		if in[field] != nil {
			return fmt.Sprint(in[field]), true, nil
		}
	}
	text, given, err := in.Text(field, 1024)
	if s.flaw == "text changed" {
		text = strings.ToUpper(text)
	}
	if s.flaw == "bytes for runes" && len(text) > 11 {
		text = strings.ToValidUTF8(text[:11], "?")
	}
	return text, given, err
}

func (s flawed) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	id, _, err := s.text(in, "id")
	if err != nil {
		return strategies.Outcome{}, err
	}
	pin, hasPin, err := s.text(in, "pin")
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !hasPin {
		return strategies.Outcome{}, strategies.Refused()
	}
	found, ok, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "pin", Value: id})
	if err != nil && s.flaw == "a limit is hidden" {
		return strategies.Outcome{}, strategies.Refused()
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	if pin == "by mail" {
		return s.mail(ctx, id, ok)
	}
	kept := make([]byte, sha256.Size)
	switch {
	case ok && len(found.Records) > 0:
		kept = found.Records[0].Secret
	case s.flaw == "unknown user costs nothing":
		return strategies.Outcome{}, strategies.Refused()
	case s.flaw == "unknown user is told":
		return strategies.Outcome{}, strategies.ErrMissing.New("pin")
	}
	right := false
	err = s.host.Hash(ctx, strategies.Cost{}, func() { right = subtle.ConstantTimeCompare(s.sum(pin), kept) == 1 })
	if err != nil && s.flaw != "overload is hidden" {
		return strategies.Outcome{}, err
	}
	if !right && s.flaw == "guesses do not count" {
		return strategies.Outcome{}, assert.Missing.New("pin")
	}
	if !right && s.flaw != "secret not compared" {
		return strategies.Outcome{}, strategies.Refused()
	}
	out := strategies.Outcome{Kuid: found.Kuid, Factor: "pin"}
	if s.flaw == "no factor" {
		out.Factor = ""
	}
	return out, nil
}

// mails counts what was sent.
var mails atomic.Int64

// mail sends a code to the user, if found, and asks for it.
func (s flawed) mail(ctx context.Context, id string, ok bool) (strategies.Outcome, error) {
	out := strategies.Outcome{Next: &strategies.Step{Answer: map[string]any{"sent": true}}}
	send := func(context.Context) error { mails.Add(1); return nil }
	switch s.flaw {
	case "a step proves":
		out.Factor = "mail"
	case "a step tells":
		out.Next.Answer = map[string]any{"sent": true}
		if !ok {
			out.Next.Answer = map[string]any{}
		}
	case "a step spares work":
		if !ok {
			return out, nil
		}
	case "a step sends by itself":
		return out, send(ctx)
	case "a step reaches outside":
		_, _ = s.host.Client().Get("https://mail.example/send")
	}
	if !ok {
		send = nil
	}
	err := s.host.Send(ctx, id+"@example.org", send)
	if err != nil && s.flaw == "a refused step goes on" {
		return out, send(ctx)
	}
	return out, err
}

func (s flawed) sum(pin string) []byte {
	if s.flaw == "secret kept as given" {
		return []byte(pin)
	}
	sum := sha256.Sum256([]byte(pin))
	return sum[:]
}

type flawedDraft struct {
	s       flawed
	id, pin string
	old     strategies.Secret
	// own is set if the current pin must be right.
	own     bool
	current string
}

func (d *flawedDraft) Identifiers() []strategies.Identifier {
	value := d.id
	if d.s.flaw == "identifiers change" {
		value += fmt.Sprint(d.s.calls.Add(1))
	}
	return []strategies.Identifier{{Kind: "pin", Value: value}}
}

func (d *flawedDraft) Seal(ctx context.Context) (strategies.Record, error) {
	rec := strategies.Record{Identifiers: d.Identifiers(), Public: map[string]any{"id": d.id}, Secret: d.old}
	switch d.s.flaw {
	case "secret shown":
		rec.Public["pin"] = d.pin
	case "update forgets":
		if d.old != nil {
			delete(rec.Public, "id")
			rec.Identifiers = nil
		}
	case "update keeps the secret":
		if d.old != nil {
			return rec, nil
		}
	}
	if d.own {
		right := false
		err := d.s.host.Hash(ctx, strategies.Cost{}, func() { right = subtle.ConstantTimeCompare(d.s.sum(d.current), d.old) == 1 })
		if err != nil || !right {
			return strategies.Record{}, errors.Join(err, strategies.Refused())
		}
	}
	if d.pin == "" || d.own && d.s.flaw == "own update is no update" {
		return rec, nil
	}
	err := d.s.host.Hash(ctx, strategies.Cost{}, func() { rec.Secret = d.s.sum(d.pin) })
	return rec, err
}
