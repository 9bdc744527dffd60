package legacyhttp

import (
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is the stored secret of a record: the user's name in the old system. It proves nothing,
// but is private.
type secret struct {
	OldName string `json:"oldName"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

func decodeSecret(raw strategies.Secret) (*secret, error) {
	kept := new(secret)
	if err := json.Unmarshal(raw, kept); err != nil {
		// The parser's own error may quote the secret.
		return nil, errors.New("legacy-http: a record's secret cannot be read")
	}
	return kept, nil
}

// newDecoy returns a record with a name that nobody has.
func newDecoy(name string) (strategies.Record, error) {
	raw, err := (&secret{OldName: name}).encode()
	return strategies.Record{Secret: raw}, err
}
