package local

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is the stored secret of a record.
type secret struct {
	Digest string `json:"digest"`
	// At is the time when the password was set, in epoch milliseconds; a renewed digest keeps it.
	At int64 `json:"at,omitempty"`
	// By is the kuid of the user who set it.
	By string `json:"by,omitempty"`
	// History holds digests of earlier passwords, the latest first.
	History []string `json:"history,omitempty"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

func decodeSecret(raw strategies.Secret) (*secret, error) {
	kept := new(secret)
	if err := json.Unmarshal(raw, kept); err != nil {
		// The parser's own error may quote the secret.
		return nil, fmt.Errorf("local: a record's secret cannot be read")
	}
	return kept, nil
}

// chosen returns when and by whom the password of a user's record of the family was set. The
// importer of a digest did not set its password.
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

// isOurs reports whether local owns the record, and not another strategy of the password family.
func isOurs(rec strategies.Record) bool { return rec.Strategy == Name || rec.Strategy == "" }
