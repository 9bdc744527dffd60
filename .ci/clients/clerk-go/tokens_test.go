package clerkgo

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	sdkjwt "github.com/clerk/clerk-sdk-go/v2/jwt"
	"github.com/clerk/clerk-sdk-go/v2/jwttemplate"
	"github.com/clerk/clerk-sdk-go/v2/organization"
	"github.com/clerk/clerk-sdk-go/v2/session"
	"github.com/clerk/clerk-sdk-go/v2/testingtoken"
	"github.com/golang-jwt/jwt/v5"
)

// acts begins a session that acts for an organization, for which the client has no
// parameter.
func acts(t *testing.T, user, org string) string {
	t.Helper()
	req := clerk.NewAPIRequest(http.MethodPost, "/sessions")
	req.SetParams(&struct {
		session.CreateParams
		Organization string `json:"active_organization_id"`
	}{session.CreateParams{UserID: user}, org})
	begun := &clerk.Session{}
	if err := clerk.GetBackend().Call(background, req, begun); err != nil {
		t.Fatal(err)
	}
	return begun.ID
}

// TestActiveOrganization: the client reads an organization and its permissions in tokens.
func TestActiveOrganization(t *testing.T) {
	id := someone(t, "acting")
	made := must(organization.Create(background, &organization.CreateParams{Name: clerk.String("Acting"), CreatedBy: &id}))(t)
	token := must(session.CreateToken(background, &session.CreateTokenParams{ID: acts(t, id, made.ID)}))(t)
	claims := must(sdkjwt.Verify(background, &sdkjwt.VerifyParams{Token: token.JWT}))(t)
	if claims.ActiveOrganizationID != made.ID || claims.ActiveOrganizationSlug != made.Slug || !claims.HasRole("org:admin") {
		t.Errorf("the claims %+v", claims.Claims)
	}
	want := []string{
		"org:sys_domains:manage", "org:sys_domains:read", "org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete", "org:sys_profile:manage",
	}
	if got := slices.Sorted(slices.Values(claims.ActiveOrganizationPermissions)); !slices.Equal(got, want) {
		t.Errorf("the permissions are %q, want %q", got, want)
	}
	must(organization.Delete(background, made.ID))(t)
}

// TestTemplates takes a template through its life, and verifies a token of it.
func TestTemplates(t *testing.T) {
	id := someone(t, "template")
	made := must(jwttemplate.Create(background, &jwttemplate.CreateParams{
		Name: clerk.String("go"), Claims: json.RawMessage(`{"aud":"go","mail":"{{user.primary_email_address}}"}`), Lifetime: clerk.Int64(90), AllowedClockSkew: clerk.Int64(0),
	}))(t)
	if made.Object != "jwt_template" || made.Lifetime != 90 || made.AllowedClockSkew != 0 || made.SigningAlgorithm != "RS256" || must(jwttemplate.Get(background, made.ID))(t).Name != "go" {
		t.Errorf("made %s", made.Response.RawJSON)
	}
	if list := must(jwttemplate.List(background, &jwttemplate.ListParams{}))(t); list.TotalCount != 1 || list.JWTTemplates[0].ID != made.ID {
		t.Errorf("listed %s", list.Response.RawJSON)
	}
	begun := must(session.Create(background, &session.CreateParams{UserID: id}))(t)
	token := must(session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID, TemplateName: "go"}))(t)
	var own struct {
		Mail string `json:"mail"`
	}
	claims := must(sdkjwt.Verify(background, &sdkjwt.VerifyParams{Token: token.JWT, CustomClaimsConstructor: func(context.Context) any { return &own }}))(t)
	if claims.Subject != id || own.Mail != "template@example.com" || *claims.Expiry-*claims.IssuedAt != 90 || claims.SessionID != "" {
		t.Errorf("verified %+v %+v", claims, own)
	}
	_, err := jwttemplate.Update(background, made.ID, &jwttemplate.UpdateParams{Name: clerk.String("go"), Claims: json.RawMessage(`{"iss":"x"}`)})
	refused(t, err, 400, "jwt_template_reserved_claim claims")
	_, err = jwttemplate.Create(background, &jwttemplate.CreateParams{Name: clerk.String("go"), Claims: json.RawMessage(`{}`)})
	refused(t, err, 422, "form_already_exists name")
	_, err = session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID, TemplateName: "none"})
	refused(t, err, 404, "resource_not_found")
	if gone := must(jwttemplate.Delete(background, made.ID))(t); !gone.Deleted || gone.Object != "jwt_template" {
		t.Errorf("deleted: %+v", gone)
	}
	_, err = jwttemplate.Get(background, made.ID)
	refused(t, err, 404, "resource_not_found")
}

// TestTokensOfOtherKinds: a session is not verified by asking in this API version, and the
// time of a testing token is in seconds.
func TestTokensOfOtherKinds(t *testing.T) {
	begun := must(session.Create(background, &session.CreateParams{UserID: someone(t, "kinds")}))(t)
	_, err := session.Verify(background, &session.VerifyParams{ID: begun.ID})
	refused(t, err, 410, "operation_deprecated")
	testing := must(testingtoken.Create(background))(t)
	if left := time.Until(time.Unix(testing.ExpiresAt, 0)); testing.Token == "" || left < 50*time.Minute || left > time.Hour {
		t.Errorf("made %+v", testing)
	}
}

// TestWithoutClerk verifies a token as a service does that has nothing of Clerk's: by the
// public keys and the issuer.
func TestWithoutClerk(t *testing.T) {
	id := someone(t, "without")
	begun := must(session.Create(background, &session.CreateParams{UserID: id}))(t)
	text := must(session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID}))(t).JWT
	req, err := http.NewRequest(http.MethodGet, api+"/v1/jwks", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secretKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	public, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyfunc.NewJWKSetJSON(public)
	if err != nil {
		t.Fatal(err)
	}
	issuer := must(sdkjwt.Decode(background, &sdkjwt.DecodeParams{Token: text}))(t).Issuer
	token, err := jwt.Parse(text, keys.Keyfunc, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := token.Claims.GetSubject(); err != nil || subject != id {
		t.Errorf("it is about %q (%v)", subject, err)
	}
	if _, err := jwt.Parse(text, keys.Keyfunc, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("https://clerk.example.com")); err == nil {
		t.Error("another issuer is taken")
	}
}

// TestMiddleware: the client's handler for services lets good tokens through, and tells
// others from none.
func TestMiddleware(t *testing.T) {
	id := someone(t, "middleware")
	begun := must(session.Create(background, &session.CreateParams{UserID: id}))(t)
	token := must(session.CreateToken(background, &session.CreateTokenParams{ID: begun.ID}))(t).JWT
	service := httptest.NewServer(clerkhttp.RequireHeaderAuthorization()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := clerk.SessionClaimsFromContext(r.Context())
		io.WriteString(w, claims.Subject)
	})))
	defer service.Close()
	ask := func(authorization string) (status int, said string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, service.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, said := ask("Bearer " + token); status != http.StatusOK || said != id {
		t.Errorf("a good token: %d %q", status, said)
	}
	if status, _ := ask("Bearer " + token[:len(token)-8] + "AAAAAAAA"); status != http.StatusUnauthorized {
		t.Errorf("a forged token: %d", status)
	}
	if status, _ := ask(""); status != http.StatusForbidden {
		t.Errorf("no token: %d", status)
	}
}
