package sessions_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
)

// TestKeyDescriptions checks the limit of an API key's description.
func TestKeyDescriptions(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("anna", "correct horse"))
	_, err := b.Keys.CreateKey(t.Context(), accountstest.Operator, sessions.NewKey{Kuid: u.Kuid, Description: strings.Repeat("x", 5000)})
	accountstest.WantFault(t, err, sessions.ErrKeyDescription)
}
