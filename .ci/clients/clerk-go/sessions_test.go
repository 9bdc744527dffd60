package clerkgo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/jwks"
	"github.com/clerk/clerk-sdk-go/v2/jwt"
	"github.com/clerk/clerk-sdk-go/v2/session"
	"github.com/clerk/clerk-sdk-go/v2/user"
)

// TestSessions begins sessions and verifies their tokens as other services do.
func TestSessions(t *testing.T) {
	id := someone(t, "sessions")
	begun := must(session.Create(background, &session.CreateParams{UserID: id}))(t)
	if begun.Object != "session" || begun.UserID != id || begun.Status != "active" || must(session.Get(background, begun.ID))(t).ID != begun.ID {
		t.Errorf("begun %+v", begun)
	}
	listed := &clerk.SessionList{}
	for late := time.Now().Add(patience); listed.TotalCount == 0 && time.Now().Before(late); {
		listed = must(session.List(background, &session.ListParams{UserID: &id, Status: clerk.String("active")}))(t)
	}
	if listed.TotalCount != 1 || listed.Sessions[0].ID != begun.ID {
		t.Errorf("listed %s", listed.Response.RawJSON)
	}
	token := must(session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID, ExpiresInSeconds: clerk.Int64(120)}))(t)
	claims := must(jwt.Verify(background, &jwt.VerifyParams{Token: token.JWT}))(t)
	if claims.Subject != id || claims.SessionID != begun.ID || *claims.Expiry-*claims.IssuedAt != 120 || claims.FactorVerificationAge != [2]int64{0, -1} {
		t.Errorf("verified %+v", claims)
	}
	keys := must(jwks.Get(background, &jwks.GetParams{}))(t)
	used := slices.IndexFunc(keys.Keys, func(k *clerk.JSONWebKey) bool {
		return k.KeyID == must(jwt.Decode(background, &jwt.DecodeParams{Token: token.JWT}))(t).KeyID
	})
	if used < 0 {
		t.Fatal("the key of the token is not published")
	}
	must(jwt.Verify(background, &jwt.VerifyParams{Token: token.JWT, JWK: keys.Keys[used]}))(t)
	parts := strings.Split(token.JWT, ".")
	if _, err := jwt.Verify(background, &jwt.VerifyParams{Token: parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), JWK: keys.Keys[used]}); err == nil {
		t.Error("a forged token is verified")
	}
	_, err := session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID, ExpiresInSeconds: clerk.Int64(1)})
	refused(t, err, 422, "form_param_value_invalid expires_in_seconds")
	if ended := must(session.Revoke(background, &session.RevokeParams{ID: begun.ID}))(t); ended.Status != "revoked" {
		t.Errorf("revoked: %+v", ended)
	}
	_, err = session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID})
	refused(t, err, 404, "resource_not_found")
	_, err = session.Create(background, &session.CreateParams{UserID: "user_none"})
	refused(t, err, 404, "resource_not_found")
}

// TestStrangers asks with a key that is not known.
func TestStrangers(t *testing.T) {
	url := api + "/v1"
	config := &clerk.ClientConfig{BackendConfig: clerk.BackendConfig{Key: clerk.String("sk_test_of_somebody_else"), URL: &url}}
	_, err := user.NewClient(config).Get(background, "user_none")
	refused(t, err, 401, "clerk_key_invalid")
	_, err = jwks.NewClient(config).Get(background, &jwks.GetParams{})
	refused(t, err, 401, "clerk_key_invalid")
}
