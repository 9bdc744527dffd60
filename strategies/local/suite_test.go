package local_test

import (
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func TestContract(t *testing.T) {
	strategytest.Run(t, local.New, strategytest.Fixtures{
		Credentials: func(n int) strategies.Credentials {
			return strategies.Credentials{"username": fmt.Sprintf("ada-%d", n), "password": fmt.Sprintf("correct horse %d", n)}
		},
		Wrong: func(login strategies.Credentials) strategies.Credentials {
			login["password"] = "wrong horse"
			return login
		},
		Change: func(n int) strategies.Credentials {
			return strategies.Credentials{"password": fmt.Sprintf("battery staple %d", n)}
		},
		Secrets: []string{"password"},
		Text:    []string{"username", "password"},
	})
}
