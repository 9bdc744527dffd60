package totp_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
	"github.com/gokuzzle/kuzzle/strategies/totp"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

func TestContract(t *testing.T) {
	strategytest.RunSecondFactor(t, totp.New, strategytest.FactorFixtures{
		Config: []byte(`{"issuer":"Example"}`),
		Enrol:  enrol,
		Wrong: func(proof strategies.Credentials) strategies.Credentials {
			code := []byte(proof["code"].(string))
			code[0] = '0' + (code[0]-'0'+5)%10
			return strategies.Credentials{"code": string(code)}
		},
	})
}

func enrol(t *testing.T, host *strategytest.Host, kuid string) func() strategies.Credentials {
	t.Helper()
	answer, err := host.Act(t.Context(), totp.Name, "enrol", strategies.Call{Kuid: kuid})
	if err != nil {
		t.Fatal(err)
	}
	enrolment := answer.(totp.Enrolment)
	proof := func() strategies.Credentials {
		host.Advance(30 * time.Second)
		return strategies.Credentials{"code": totptest.Code(t, enrolment.Secret, host.Now())}
	}
	first := proof()
	first["enrolment"] = enrolment.Enrolment
	if err := host.Create(t.Context(), kuid, totp.Name, strategies.Actor{Kuid: kuid, Self: true}, first); err != nil {
		t.Fatal(err)
	}
	return proof
}
