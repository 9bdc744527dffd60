package strategytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// codedFlaws are faults of a second factor, each with the subtest that must find it.
var codedFlaws = map[string]string{
	"enrolled without records":     "Life",
	"it logs in alone":             "NoLogin",
	"a proof lasts":                "Once",
	"two waiting logins, one code": "Challenge",
	"a lost write stands":          "AtOnce",
	"a wrong proof changes":        "Wrong",
	"a wrong proof is no refusal":  "Wrong",
	"wrong proofs do not count":    "Guesses",
	"anybody's proof":              "Others",
	"it panics":                    "HostileInput",
	"Info shows it":                "Secrets",
	"the log has it":               "Secrets",
}

func TestFindsFlawsOfFactors(t *testing.T) { findsFlaws(t, "TestFactorStrategy", codedFlaws) }

// TestFactorStrategy passes, except in a process that was started with a flaw.
func TestFactorStrategy(t *testing.T) {
	flaw := os.Getenv(flawVariable)
	build := func(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		return coded{host, flaw}, strategies.DecodeConfig(cfg, &struct{}{})
	}
	strategytest.RunSecondFactor(t, build, strategytest.FactorFixtures{
		Enrol: func(t *testing.T, host *strategytest.Host, kuid string) func() strategies.Credentials {
			var codes []string
			for i := range 40 {
				codes = append(codes, fmt.Sprintf("code-%s-%d", kuid, i))
			}
			given := strategies.Credentials{"codes": strings.Join(codes, " ")}
			if err := host.Create(t.Context(), kuid, "coded", strategies.Actor{Kuid: kuid, Self: true}, given); err != nil {
				t.Fatal(err)
			}
			return func() strategies.Credentials {
				next := codes[0]
				codes = append(codes[1:], next)
				return strategies.Credentials{"code": next}
			}
		},
		Wrong: func(strategies.Credentials) strategies.Credentials {
			return strategies.Credentials{"code": "code-wrong-1"}
		},
	})
}

// coded is a second factor of single-use codes, with one fault or none.
type coded struct {
	host strategies.Host
	flaw string
}

var _ strategies.SecondFactor = coded{}

func (coded) Name() string { return "coded" }

func (coded) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	codes, given, err := in.Text("codes", 4096)
	switch {
	case err != nil:
		return nil, err
	case !given:
		return nil, assert.Missing.New("codes")
	case len(who.Records) > 0:
		return nil, strategies.ErrExists.New("coded")
	}
	return codedDraft(codes), nil
}

type codedDraft string

func (codedDraft) Identifiers() []strategies.Identifier { return nil }

func (d codedDraft) Seal(context.Context) (strategies.Record, error) {
	return strategies.Record{Secret: strategies.Secret(d)}, nil
}

func (s coded) Info(rec strategies.Record) strategies.Credentials {
	if s.flaw == "Info shows it" {
		return strategies.Credentials{"codes": string(rec.Secret)}
	}
	return strategies.Credentials{}
}

func (s coded) Authenticate(_ context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	if kuid, ok := in["kuid"].(string); ok && s.flaw == "it logs in alone" {
		return strategies.Outcome{Kuid: kuid, Factor: "coded"}, nil
	}
	return strategies.Outcome{}, strategies.Refused()
}

func (s coded) Enrolled(records []strategies.Record) bool {
	return len(records) > 0 || s.flaw == "enrolled without records"
}

func (s coded) Confirm(ctx context.Context, found strategies.Found, in strategies.Credentials) (strategies.Outcome, error) {
	code, _, err := in.Text("code", 64)
	switch s.flaw {
	case "it panics":
		code, err = in["code"].(string), nil
	case "the log has it":
		s.host.Log().InfoContext(ctx, "a proof", "code", code)
	case "anybody's proof":
		if strings.HasPrefix(code, "code-user") {
			return strategies.Outcome{Kuid: found.Kuid, Factor: "coded"}, nil
		}
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	if len(found.Records) == 0 {
		return strategies.Outcome{}, strategies.Refused()
	}
	old := found.Records[0]
	codes := strings.Fields(string(old.Secret))
	at := slices.Index(codes, code)
	if at < 0 {
		return s.wrong(ctx)
	}
	left := old
	left.Secret = strategies.Secret(strings.Join(slices.Delete(codes, at, at+1), " "))
	out := strategies.Outcome{Kuid: found.Kuid, Factor: "coded", Put: []strategies.Record{left}, Drop: []strategies.Record{old}, Must: true}
	switch s.flaw {
	case "a proof lasts", "two waiting logins, one code":
		out.Put, out.Drop = nil, nil
	case "a lost write stands":
		out.Must = false
	}
	return out, nil
}

func (s coded) wrong(ctx context.Context) (strategies.Outcome, error) {
	switch s.flaw {
	case "a wrong proof changes":
		_, err := s.host.Flows().Put(ctx, strategies.Flow{Kind: "wrong"})
		if err != nil {
			return strategies.Outcome{}, err
		}
	case "a wrong proof is no refusal", "wrong proofs do not count":
		return strategies.Outcome{}, assert.Missing.New("code")
	}
	return strategies.Outcome{}, strategies.Refused()
}
