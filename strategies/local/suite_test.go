package local_test

import (
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// TestContract checks both that the current password is asked for changes, and that it is not.
func TestContract(t *testing.T) {
	fx := strategytest.Fixtures{
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
	}
	strategytest.Run(t, local.New, fx)
	t.Run("with the current password", func(t *testing.T) {
		fx.Config = []byte(`{"requirePassword":true}`)
		fx.Proof = func(n int) strategies.Credentials {
			return strategies.Credentials{"currentPassword": fmt.Sprintf("correct horse %d", n)}
		}
		strategytest.Run(t, local.New, fx)
	})
}
