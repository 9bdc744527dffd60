package local

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is what a record keeps.
type secret struct {
	Digest string `json:"digest"`
	// At is when the password was chosen, in milliseconds since 1970; a digest
	// that is renewed keeps it.
	At int64 `json:"at,omitempty"`
	// By is the kuid of whoever chose it.
	By string `json:"by,omitempty"`
	// History are digests of earlier passwords, the latest first.
	History []string `json:"history,omitempty"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

func decodeSecret(raw strategies.Secret) (*secret, error) {
	kept := new(secret)
	if err := json.Unmarshal(raw, kept); err != nil {
		// The parser's own error may quote what it read.
		return nil, fmt.Errorf("local: a record's secret cannot be read")
	}
	return kept, nil
}

// chosen tells when and by whom the password of a user's record of the family
// was set. Whoever brought a digest along did not choose its password.
func chosen(rec strategies.Record, kuid string) (at time.Time, by string) {
	if isOurs(rec) {
		if kept, err := decodeSecret(rec.Secret); err == nil {
			return time.UnixMilli(kept.At), kept.By
		}
	}
	at = rec.UpdatedAt
	if at.IsZero() {
		at = rec.CreatedAt
	}
	return at, kuid
}

// isOurs tells local's records from others of the password family.
func isOurs(rec strategies.Record) bool { return rec.Strategy == Name || rec.Strategy == "" }
