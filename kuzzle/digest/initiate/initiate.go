package initiate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// MaxAnswer is the largest part of an answer that is read, in bytes.
const MaxAnswer = 64 << 10

var (
	// ErrFlow: the client may not check passwords.
	ErrFlow = errors.New("the client does not allow USER_PASSWORD_AUTH")
	// ErrSlow: there was no answer in time.
	ErrSlow = errors.New("no answer in time")
)

// Question is a user of a Cognito client. Endpoint replaces Amazon's address if it is set.
type Question struct{ Endpoint, Region, Client, Identifier string }

// Ask has Cognito verify a password. It never sends an empty one. An error is the context's,
// or wraps ErrFlow, ErrSlow or another cause.
func (q Question) Ask(ctx context.Context, client *http.Client, password string) (bool, error) {
	if password == "" {
		return false, nil
	}
	request, err := q.request(ctx, password)
	if err != nil {
		return false, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return false, unreachable(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxAnswer))
	if err != nil {
		return false, unreachable(ctx, err)
	}
	return judge(answer, body)
}

func (q Question) request(ctx context.Context, password string) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": q.Client,
		"AuthParameters": map[string]string{"USERNAME": q.Identifier, "PASSWORD": password},
	})
	if err != nil {
		return nil, err
	}
	address := q.Endpoint
	if address == "" {
		address = "https://cognito-idp." + q.Region + ".amazonaws.com/"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return request, nil
}

// unreachable explains a missing answer.
func unreachable(ctx context.Context, err error) error {
	var slow net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// laterFactors are the challenges that Cognito makes after a right password.
var laterFactors = map[string]bool{
	"SMS_MFA": true, "SOFTWARE_TOKEN_MFA": true, "EMAIL_OTP": true, "MFA_SETUP": true,
	"SELECT_MFA_TYPE": true, "NEW_PASSWORD_REQUIRED": true,
}

// wrongPassword are the refusals that concern this user.
var wrongPassword = map[string]bool{
	"NotAuthorizedException": true, "UserNotFoundException": true,
	"PasswordResetRequiredException": true, "UserNotConfirmedException": true,
}

// notAboutPassword reports whether a NotAuthorizedException says nothing about the password: a user
// had too many attempts, or the client has a secret, which is not sent.
func notAboutPassword(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "attempts exceeded") || strings.Contains(message, "secret")
}

func judge(answer *http.Response, body []byte) (bool, error) {
	var said struct {
		AuthenticationResult json.RawMessage
		ChallengeName        string
		Type                 string `json:"__type"`
		Message              string `json:"message"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return false, errors.New("cognito answered no JSON, status " + answer.Status)
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
	case answer.StatusCode >= http.StatusInternalServerError, notAboutPassword(said.Message):
	case wrongPassword[kind]:
		return false, nil
	case kind == "InvalidParameterException" && strings.Contains(strings.ToLower(said.Message), "flow"):
		return false, ErrFlow
	}
	return false, errors.New("cognito answered " + kind + ", status " + answer.Status)
}
