package apisecret_test

import (
	"fmt"
	"testing"

	"example.com/mybackend/apisecret"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func TestContract(t *testing.T) {
	strategytest.Run(t, apisecret.New, strategytest.Fixtures{
		Credentials: func(n int) strategies.Credentials {
			return strategies.Credentials{"key": fmt.Sprintf("robot-%d", n), "secret": fmt.Sprintf("%040d", n)}
		},
		Wrong: func(login strategies.Credentials) strategies.Credentials {
			login["secret"] = "0123456789012345678901234567890123456789"
			return login
		},
		Change: func(n int) strategies.Credentials {
			return strategies.Credentials{"secret": fmt.Sprintf("%050d", n)}
		},
		Secrets: []string{"secret"},
		Text:    []string{"key", "secret"},
	})
}
