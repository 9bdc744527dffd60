package legacyhttp

import (
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is what a record keeps: whom to ask for. It is nobody else's business,
// though it proves nothing.
type secret struct {
	OldName string `json:"oldName"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

func decodeSecret(raw strategies.Secret) (*secret, error) {
	kept := new(secret)
	if err := json.Unmarshal(raw, kept); err != nil {
		// The parser's own error may quote what it read.
		return nil, errors.New("legacy-http: a record's secret cannot be read")
	}
	return kept, nil
}

// newDecoy asks for somebody whom no system knows.
func newDecoy() (strategies.Record, error) {
	raw, err := (&secret{OldName: "nobody-" + rand.Text()}).encode()
	return strategies.Record{Secret: raw}, err
}
