package magiclink_test

import (
	"fmt"
	"testing"

	"example.com/mybackend/magiclink"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func TestContract(t *testing.T) {
	address := func(n int) strategies.Credentials {
		return strategies.Credentials{"email": fmt.Sprintf("ada-%d@example.org", n)}
	}
	strategytest.Run(t, magiclink.New, strategytest.Fixtures{
		Config:      []byte(`{"url": "https://auth.example.org/_login/magic-link?token={token}"}`),
		Credentials: address,
		Step:        address,
		Login: func(host *strategytest.Host, created strategies.Credentials) strategies.Credentials {
			email, _ := created["email"].(string)
			mail, ok := host.Notice(t.Context(), "magic-link", "magic-link", strategies.Identifier{Kind: "email", Value: email})
			if !ok {
				return strategies.Credentials{"token": "a token of nobody"}
			}
			return strategies.Credentials{"token": mail["Token"]}
		},
		Wrong: func(strategies.Credentials) strategies.Credentials {
			return strategies.Credentials{"token": "a wrong token"}
		},
		Change: func(n int) strategies.Credentials {
			return strategies.Credentials{"email": fmt.Sprintf("lovelace-%d@example.org", n)}
		},
		Once: true,
	})
}
