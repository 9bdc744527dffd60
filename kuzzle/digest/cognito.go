package digest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Remote is a digest that only an outside system can verify. It is asked once:
// a right password is then hashed as the instance's own are.
type Remote interface {
	Digest
	// Ask lets the outside system judge a password. It is not to be called
	// inside [Pool.Do], since it waits. Errors are ErrUnavailable, ErrTimeout,
	// ErrFlowNotEnabled.
	Ask(ctx context.Context, client *http.Client, password string) (bool, error)
}

const (
	// CognitoEndpoint is the environment variable by which AWS's own tools, and
	// we, are told another address of Cognito.
	CognitoEndpoint = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

	cognitoPrefix = "awscognito#"
	cognitoAnswer = 64 << 10
	maxPool       = 55
	maxClient     = 128
	maxIdentifier = 512
)

// Cognito is the [Format] of awscognito#pool#client#identifier: no hash, but
// where to ask.
type Cognito struct {
	// Endpoint replaces Amazon's address where it is set.
	Endpoint string
}

var _ Format = Cognito{}

// Name implements Format.
func (Cognito) Name() string { return "awscognito" }

// Recognise implements Format.
func (Cognito) Recognise(text string) Claim { return prefixed(cognitoPrefix)(text) }

// Parse implements Format. The pool decides which host is called, so nothing but
// a region and an id may stand there.
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
	if password == "" {
		return false, nil
	}
	request, err := d.request(ctx, password)
	if err != nil {
		return false, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return false, unreachable(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, cognitoAnswer))
	if err != nil {
		return false, unreachable(ctx, err)
	}
	return judgeCognito(answer, body)
}

func (d *cognito) request(ctx context.Context, password string) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": d.client,
		"AuthParameters": map[string]string{"USERNAME": d.identifier, "PASSWORD": password},
	})
	if err != nil {
		return nil, err
	}
	address := d.endpoint
	if address == "" {
		address = "https://cognito-idp." + d.region + ".amazonaws.com/"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, ErrUnavailable.New().Because(err)
	}
	request.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return request, nil
}

// unreachable keeps the address out of the error but not out of its cause.
func unreachable(ctx context.Context, err error) error {
	var slow net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		return ErrTimeout.New().Because(err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrUnavailable.New().Because(err)
}

// laterFactors are the challenges that Cognito makes once the password was
// right.
var laterFactors = map[string]bool{
	"SMS_MFA": true, "SOFTWARE_TOKEN_MFA": true, "EMAIL_OTP": true, "MFA_SETUP": true,
	"SELECT_MFA_TYPE": true, "NEW_PASSWORD_REQUIRED": true,
}

// wrongPassword are the refusals that are about this user.
var wrongPassword = map[string]bool{
	"NotAuthorizedException": true, "UserNotFoundException": true,
	"PasswordResetRequiredException": true, "UserNotConfirmedException": true,
}

func judgeCognito(answer *http.Response, body []byte) (bool, error) {
	var said struct {
		AuthenticationResult json.RawMessage
		ChallengeName        string
		Type                 string `json:"__type"`
		Message              string `json:"message"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return false, ErrUnavailable.New().Because(errors.New("cognito answered no JSON, status " + answer.Status))
	}
	if answer.StatusCode == http.StatusOK {
		given := len(said.AuthenticationResult) > 0 && string(said.AuthenticationResult) != "null"
		return given || laterFactors[said.ChallengeName], nil
	}
	kind := said.Type
	if kind == "" {
		kind, _, _ = strings.Cut(answer.Header.Get("X-Amzn-Errortype"), ":")
	}
	kind = kind[strings.LastIndexByte(kind, '#')+1:]
	switch {
	case answer.StatusCode >= http.StatusInternalServerError:
	case wrongPassword[kind]:
		return false, nil
	case kind == "InvalidParameterException" && strings.Contains(strings.ToLower(said.Message), "flow"):
		return false, ErrFlowNotEnabled.New()
	}
	return false, ErrUnavailable.New().Because(errors.New("cognito answered " + kind + ", status " + answer.Status))
}
