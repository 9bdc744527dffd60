package assert_test

import (
	"net/http"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// TestMessages checks that every message names its argument.
func TestMessages(t *testing.T) {
	tests := []struct {
		err  *fault.Error
		code int32
		want string
	}{
		{assert.InvalidType.New("body.ids", "array"), 33619969, `"body.ids" has the wrong type: give a value of type array.`},
		{assert.InvalidArgument.New("size", "a positive integer"), 33619970, `"size" has a value that cannot be used: give a positive integer.`},
		{assert.Missing.New("_id"), 33619971, `"_id" is missing: it has to be given.`},
		{assert.Empty.New("r.controllers"), 33619972, `"r.controllers" is empty: it needs at least one entry.`},
		{assert.MutuallyExclusive.New("targets", "index"), 33619973, `"targets" and "index" cannot be given together: leave one out.`},
		{assert.Unexpected.New("p.policies[0].x", []string{"roleId", "restrictedTo"}), 33619975, `"p.policies[0].x" is not expected: use one of [roleId restrictedTo].`},
		{assert.BodyRequired.New(), 33619976, `The request has no body: send one.`},
		{assert.Forbidden.New("body.profileIds"), 33619979, `"body.profileIds" may not be given in this request: leave it out.`},
	}
	for _, test := range tests {
		if got := test.err.Message(); got != test.want {
			t.Errorf("%s: message %q, want %q", test.err.ID(), got, test.want)
		}
		if got := test.err.Code(); got != test.code {
			t.Errorf("%s: code %d, want %d", test.err.ID(), got, test.code)
		}
		if got, want := test.err.Status(), http.StatusBadRequest; got != want {
			t.Errorf("%s: status %d, want %d", test.err.ID(), got, want)
		}
	}
}
