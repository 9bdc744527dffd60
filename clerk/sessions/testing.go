package sessions

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// TestingToken lets a browser test pass the detection of bots.
type TestingToken struct {
	Object string `json:"object"`
	Token  string `json:"token"`
	// ExpiresAt is in seconds, unlike all other times.
	ExpiresAt int64 `json:"expires_at"`
}

const (
	testingLifetime = time.Hour
	testingPurpose  = "testing token"
)

// testingToken makes a token whose expiry can be read with the master key. Nothing is
// stored.
func (c *controller) testingToken(context.Context, *api.Request, api.None) (TestingToken, error) {
	end := c.Signer.Now().Add(testingLifetime).Unix()
	sealed, err := c.Sealer.Seal(testingPurpose, binary.BigEndian.AppendUint64(nil, uint64(end)))
	return TestingToken{Object: "testing_token", Token: base64.RawURLEncoding.EncodeToString(sealed), ExpiresAt: end}, err
}
