package digest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/initiate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// standIn speaks as much of Cognito as InitiateAuth, and knows some passwords by
// client and user name.
type standIn struct {
	known map[string]string
	asked atomic.Int64
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	refuse := func(status int, kind, message string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": message})
	}
	var in struct {
		AuthFlow, ClientID string
		AuthParameters     map[string]string
	}
	body, _ := io.ReadAll(r.Body)
	switch err := json.Unmarshal(body, &in); {
	case err != nil || r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		refuse(400, "SerializationException", "json")
		return
	case r.Header.Get("X-Amz-Target") != "AWSCognitoIdentityProviderService.InitiateAuth" || in.AuthFlow != "USER_PASSWORD_AUTH":
		refuse(400, "UnknownOperationException", "target")
		return
	case in.AuthParameters["PASSWORD"] == "":
		refuse(400, "InvalidParameterException", "Missing required parameter PASSWORD")
		return
	}
	right, known := s.known[in.ClientID+"#"+in.AuthParameters["USERNAME"]]
	switch {
	case !known:
		refuse(400, "UserNotFoundException", "User does not exist.")
	case right != in.AuthParameters["PASSWORD"]:
		refuse(400, "NotAuthorizedException", "Incorrect username or password.")
	default:
		_, _ = io.WriteString(w, `{"AuthenticationResult":{"AccessToken":"x"},"ChallengeParameters":{}}`)
	}
}

func askCognito(t *testing.T, endpoint, text, password string) (bool, error) {
	t.Helper()
	d, err := Cognito{Endpoint: endpoint}.Parse(text, Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	return d.(Remote).Ask(t.Context(), client, password)
}

func TestCognitoVectors(t *testing.T) {
	s := &standIn{known: map[string]string{}}
	for _, v := range vectors(t) {
		if v.Hasher == "awscognito" && v.Valid {
			parts := strings.SplitN(v.Digest, "#", 4)
			s.known[parts[2]+"#"+parts[3]] = v.Password
		}
	}
	server := httptest.NewServer(s)
	defer server.Close()
	for _, v := range vectors(t) {
		if v.Hasher != "awscognito" || v.Malformed {
			continue
		}
		before := s.asked.Load()
		got, err := askCognito(t, server.URL, v.Digest, v.Password)
		if err != nil || got != v.Valid {
			t.Errorf("%q (%s): %v, %v, want %v", v.Digest, v.Note, got, err, v.Valid)
		}
		if v.Password == "" && s.asked.Load() != before {
			t.Errorf("an empty password was sent")
		}
	}
}

func TestCognitoAnswers(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		header string
		right  bool
		err    error
	}{
		{"a later factor", 200, `{"ChallengeName":"SOFTWARE_TOKEN_MFA"}`, "", true, nil},
		{"a new password is asked for", 200, `{"ChallengeName":"NEW_PASSWORD_REQUIRED"}`, "", true, nil},
		{"another challenge", 200, `{"ChallengeName":"PASSWORD_VERIFIER"}`, "", false, nil},
		{"no result", 200, `{"AuthenticationResult":null}`, "", false, nil},
		{"wrong", 400, `{"__type":"com.amazonaws#NotAuthorizedException"}`, "", false, nil},
		{"wrong, with a message", 400, `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`, "", false, nil},
		{"disabled", 400, `{"__type":"NotAuthorizedException","message":"User is disabled."}`, "", false, nil},
		{"too many attempts", 400, `{"__type":"NotAuthorizedException","message":"Password attempts exceeded"}`, "", false, ErrUnavailable},
		{"a client with a secret", 400, `{"__type":"NotAuthorizedException","message":"Client 1a is configured with secret but SECRET_HASH was not received"}`, "", false, ErrUnavailable},
		{"wrong, by header", 400, `{}`, "NotAuthorizedException:http://x", false, nil},
		{"to be reset", 400, `{"__type":"PasswordResetRequiredException"}`, "", false, nil},
		{"not confirmed", 400, `{"__type":"UserNotConfirmedException"}`, "", false, nil},
		{"the flow is off", 400, `{"__type":"InvalidParameterException","message":"USER_PASSWORD_AUTH flow not enabled for this client"}`, "", false, ErrFlowNotEnabled},
		{"throttled", 400, `{"__type":"TooManyRequestsException"}`, "", false, ErrUnavailable},
		{"broken", 500, `{"__type":"NotAuthorizedException"}`, "", false, ErrUnavailable},
		{"no JSON", 200, `<html>`, "", false, ErrUnavailable},
		{"a redirect", 302, `{}`, "", false, ErrUnavailable},
		{"without end", 200, `{"x":"` + strings.Repeat("x", 2*initiate.MaxAnswer) + `"}`, "", false, ErrUnavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Amzn-Errortype", row.header)
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
			}))
			defer server.Close()
			right, err := askCognito(t, server.URL, "awscognito#eu-west-3_abc#client#jane", "secret")
			if right != row.right || !errors.Is(err, row.err) {
				t.Errorf("got %v, %v, want %v, %v", right, err, row.right, row.err)
			}
		})
	}
	if _, err := askCognito(t, "http://127.0.0.1:1", "awscognito#eu-west-3_abc#client#jane", "secret"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("nobody there: %v, want unavailable", err)
	}
}

// An answer that does not come is 504, and no wrong password.
func TestCognitoSilence(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	defer server.Close()
	defer close(done)
	d, err := Cognito{Endpoint: server.URL}.Parse("awscognito#eu-west-3_abc#client#jane", Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	client := &http.Client{}
	defer client.CloseIdleConnections()
	if right, err := d.(Remote).Ask(ctx, client, "secret"); right || !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, %v, want a timeout", right, err)
	}
}

// The pool names the host that is called.
func TestCognitoHost(t *testing.T) {
	d, err := Cognito{}.Parse("awscognito#eu-west-3_abc#client#jane", Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	asked := ""
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return nil, errors.New("not today")
	})}
	if _, err := d.(Remote).Ask(t.Context(), client, "secret"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	if want := "https://cognito-idp.eu-west-3.amazonaws.com/"; asked != want {
		t.Errorf("asks %s, want %s", asked, want)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
