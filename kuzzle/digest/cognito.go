package digest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/initiate"
)

// Remote is a digest that only an external system can verify. It is asked once: then a right
// password gets a digest of the instance's own.
type Remote interface {
	Digest
	// Ask has the external system verify a password. It waits, so it must not be called
	// inside [Pool.Do]. Errors are ErrUnavailable, ErrTimeout, ErrFlowNotEnabled.
	Ask(ctx context.Context, client *http.Client, password string) (bool, error)
}

const (
	// CognitoEndpoint is the environment variable of another address of Cognito, which AWS's
	// own tools use too.
	CognitoEndpoint = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

	cognitoPrefix = "awscognito#"
	maxPool       = 55
	maxClient     = 128
	maxIdentifier = 512
)

// Cognito is the [Format] of awscognito#pool#client#identifier, which has no hash but the
// user pool that verifies the password.
type Cognito struct {
	// Endpoint replaces Amazon's address where it is set.
	Endpoint string
}

var _ Format = Cognito{}

// Name implements Format.
func (Cognito) Name() string { return "awscognito" }

// Recognise implements Format.
func (Cognito) Recognise(text string) Claim { return prefixed(cognitoPrefix)(text) }

// Parse implements Format. The pool decides which host is called, so it may only be a region
// and an id.
func (c Cognito) Parse(text string, _ Ceilings) (Digest, error) {
	rest, ok := strings.CutPrefix(text, cognitoPrefix)
	parts := strings.SplitN(rest, "#", 3)
	if !ok || len(parts) != 3 {
		return nil, malformed(c.Name(), "%spool#client#identifier is needed", cognitoPrefix)
	}
	region, id, ok := strings.Cut(parts[0], "_")
	const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	switch {
	case !ok || region == "" || id == "" || len(parts[0]) > maxPool || !only(region, lower+digits+"-") || !only(id, lower+upper+digits):
		return nil, malformed(c.Name(), "the pool is not a region, _ and letters or digits")
	case strings.HasPrefix(region, "-") || strings.HasSuffix(region, "-"):
		return nil, malformed(c.Name(), "the pool's region begins or ends with a hyphen")
	case parts[1] == "" || len(parts[1]) > maxClient || !only(parts[1], lower+upper+digits+"_+"):
		return nil, malformed(c.Name(), "the client is not made of letters, digits, _ and +")
	case parts[2] == "" || len(parts[2]) > maxIdentifier:
		return nil, malformed(c.Name(), "the identifier has no or more than %d bytes", maxIdentifier)
	}
	return &cognito{endpoint: c.Endpoint, pool: parts[0], region: region, client: parts[1], identifier: parts[2]}, nil
}

type cognito struct{ endpoint, pool, region, client, identifier string }

var _ Remote = (*cognito)(nil)

func (d *cognito) Describe() Description {
	return Description{Hasher: Cognito{}.Name(), Parameters: map[string]any{"region": d.region}, Strength: Strong}
}
func (*cognito) Cost() Cost              { return Cost{} }
func (*cognito) Effort() time.Duration   { return 0 }
func (*cognito) NeedsRenewal(Maker) bool { return true }
func (*cognito) Matches(string) bool     { return false }

// Ask implements Remote by Cognito's InitiateAuth. An empty password is never
// sent.
func (d *cognito) Ask(ctx context.Context, client *http.Client, password string) (bool, error) {
	right, err := initiate.Question{Endpoint: d.endpoint, Region: d.region, Client: d.client, Identifier: d.identifier}.Ask(ctx, client, password)
	switch {
	case err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled):
		return right, err
	case errors.Is(err, initiate.ErrFlow):
		return false, ErrFlowNotEnabled.New()
	case errors.Is(err, initiate.ErrSlow):
		return false, ErrTimeout.New().Because(err)
	}
	return false, ErrUnavailable.New().Because(err)
}
