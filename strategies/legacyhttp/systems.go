package legacyhttp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// system is an old system whose protocol is known.
type system struct {
	// needs are the settings that it requires, takes those that it allows beside them.
	needs, takes []string
	// address returns the address of its requests, body their fields.
	address  func(Options) string
	body     func(Options) map[string]any
	encoding string
	// contentType, if set, replaces the encoding's.
	contentType string
	headers     map[string]string
	// forward is the header for the client's address, "" for none.
	forward string
	// nobody follows a random text in a name that nobody has.
	nobody string
	// right is a pointer to a text that comes with a right password only.
	right string
	// said returns the code of an answer, and the details beside it.
	said func(tree any) (code, detail string)
	// signs give the codes their meanings. The first sign that fits counts; a code without one is
	// no answer.
	signs []sign
}

// sign is the meaning of answers with a code whose detail begins with a text.
type sign struct {
	code, detail string
	means        meaning
}

// meaning is the meaning of an old system's answer.
type meaning uint8

const (
	noAnswer meaning = iota
	right
	wrong
	// shut: the user may not log in there, whatever the password.
	shut
	// factor: the password is right, but a second factor is missing.
	factor
)

const (
	cognitoTarget = "AWSCognitoIdentityProviderService.InitiateAuth"
	firebaseHost  = "https://identitytoolkit.googleapis.com"
	passwordRealm = "http://auth0.com/oauth/grant-type/password-realm"
)

// systems are the known systems by the value of [Options.System].
var systems = map[string]system{
	"auth0": {
		needs: []string{"url", "clientId"}, takes: []string{"clientSecret", "realm"},
		address: func(o Options) string { return o.base() + "/oauth/token" },
		body: func(o Options) map[string]any {
			fields := o.grant()
			if o.Realm != "" {
				fields["grant_type"], fields["realm"] = passwordRealm, o.Realm
			}
			return fields
		},
		encoding: asForm, forward: "auth0-forwarded-for", right: "/access_token", said: oauthSaid,
		signs: []sign{
			{"invalid_grant", "", wrong}, {"invalid_user_password", "", wrong},
			{"mfa_required", "", factor}, {"unauthorized", "", shut}, {"password_leaked", "", shut},
		},
	},
	"keycloak": {
		needs: []string{"url", "clientId", "realm"}, takes: []string{"clientSecret"},
		address: func(o Options) string {
			return o.base() + "/realms/" + url.PathEscape(o.Realm) + "/protocol/openid-connect/token"
		},
		body: Options.grant, encoding: asForm, right: "/access_token", said: oauthSaid,
		signs: []sign{{"invalid_grant", "Invalid user credentials", wrong}, {"invalid_grant", "Account", shut}},
	},
	"cognito": {
		needs: []string{"region", "clientId"}, takes: []string{"clientSecret", "url"},
		address: func(o Options) string {
			if o.URL != "" {
				return o.base() + "/"
			}
			return "https://cognito-idp." + o.Region + ".amazonaws.com/"
		},
		body: func(o Options) map[string]any {
			parameters := map[string]any{"USERNAME": usernamePlace, "PASSWORD": passwordPlace}
			if o.ClientSecret != "" {
				parameters["SECRET_HASH"] = proofPlace
			}
			return map[string]any{"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": o.ClientID, "AuthParameters": parameters}
		},
		encoding: asJSON, contentType: "application/x-amz-json-1.1", headers: map[string]string{"X-Amz-Target": cognitoTarget},
		right: "/AuthenticationResult/AccessToken", said: cognitoSaid,
		signs: []sign{
			{"NotAuthorizedException", "Incorrect username or password", wrong}, {"UserNotFoundException", "", wrong},
			{"NotAuthorizedException", "User is disabled", shut}, {"UserNotConfirmedException", "", shut},
			{"PasswordResetRequiredException", "", shut}, {"UserLambdaValidationException", "", shut}, {"NEW_PASSWORD_REQUIRED", "", shut},
			{"SMS_MFA", "", factor}, {"SOFTWARE_TOKEN_MFA", "", factor}, {"EMAIL_OTP", "", factor},
			{"SELECT_MFA_TYPE", "", factor}, {"MFA_SETUP", "", factor},
		},
	},
	"firebase": {
		needs: []string{"apiKey"}, takes: []string{"url", "realm"},
		address: func(o Options) string {
			base := firebaseHost
			if o.URL != "" {
				base = o.base()
			}
			return base + "/v1/accounts:signInWithPassword?key=" + url.QueryEscape(o.APIKey)
		},
		body: func(o Options) map[string]any {
			fields := map[string]any{"email": usernamePlace, "password": passwordPlace, "returnSecureToken": true}
			if o.Realm != "" {
				fields["tenantId"] = o.Realm
			}
			return fields
		},
		encoding: asJSON, nobody: "@nobody.invalid", right: "/idToken", said: firebaseSaid,
		signs: []sign{
			{"INVALID_LOGIN_CREDENTIALS", "", wrong}, {"INVALID_PASSWORD", "", wrong},
			{"EMAIL_NOT_FOUND", "", wrong}, {"INVALID_EMAIL", "", wrong},
			{"USER_DISABLED", "", shut}, {"PASSWORD_DOES_NOT_MEET_REQUIREMENTS", "", shut}, {pendingFactor, "", factor},
		},
	},
}

// pendingFactor is the member of Firebase's answer to a right password that lacks a factor.
const pendingFactor = "mfaPendingCredential"

func (o Options) base() string { return strings.TrimRight(o.URL, "/") }

// grant returns the fields of OAuth's password grant.
func (o Options) grant() map[string]any {
	fields := map[string]any{
		"grant_type": "password", "client_id": o.ClientID, "username": usernamePlace, "password": passwordPlace, "scope": "openid",
	}
	if o.ClientSecret != "" {
		fields["client_secret"] = o.ClientSecret
	}
	return fields
}

func textAt(tree any, pointer string) string {
	value, _ := lookup(tree, pointer)
	text, _ := value.(string)
	return text
}

func oauthSaid(tree any) (code, detail string) {
	return textAt(tree, "/error"), textAt(tree, "/error_description")
}

func cognitoSaid(tree any) (code, detail string) {
	if challenge := textAt(tree, "/ChallengeName"); challenge != "" {
		return challenge, ""
	}
	kind := textAt(tree, "/__type")
	return kind[strings.LastIndexByte(kind, '#')+1:], textAt(tree, "/message") + textAt(tree, "/Message")
}

func firebaseSaid(tree any) (code, detail string) {
	if textAt(tree, "/"+pendingFactor) != "" {
		return pendingFactor, ""
	}
	code, detail, _ = strings.Cut(textAt(tree, "/error/message"), " : ")
	return code, detail
}

// judge returns the meaning of an answer. Only a status of success with the expected token is a yes,
// and only an expected code is a no. Its error names neither codes nor details that are unknown,
// because they may hold names.
func (s system) judge(status int, body []byte) (meaning, error) {
	var tree any
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || json.Unmarshal(body, &tree) != nil {
		return noAnswer, fmt.Errorf("%w: the status %d", errNoAnswer, status)
	}
	if status == http.StatusOK && textAt(tree, s.right) != "" {
		return right, nil
	}
	code, detail := s.said(tree)
	for _, known := range s.signs {
		if code == known.code && strings.HasPrefix(detail, known.detail) {
			return known.means, nil
		}
	}
	if len(code) > 64 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") != "" {
		code = "a code that is unknown here"
	}
	return noAnswer, fmt.Errorf("%w: the status %d with %s", errNoAnswer, status, code)
}

// proof returns Cognito's proof that the client knows its secret.
func (o Options) proof(name string) string {
	mac := hmac.New(sha256.New, []byte(o.ClientSecret))
	mac.Write([]byte(name + o.ClientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// prepared returns the options with the requests of their system.
func (o Options) prepared() (Options, error) {
	given := map[string]bool{
		"url": o.URL != "", "clientId": o.ClientID != "", "clientSecret": o.ClientSecret != "",
		"realm": o.Realm != "", "region": o.Region != "", "apiKey": o.APIKey != "",
	}
	s, known := systems[o.System]
	if o.System != "" && !known {
		return o, fmt.Errorf("system: give one of %s", strings.Join(slices.Sorted(maps.Keys(systems)), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		needed := slices.Contains(s.needs, name)
		switch {
		case o.System == "" && name != "url" && given[name]:
			return o, fmt.Errorf("%s: system is required with it", name)
		case o.System == "":
		case needed && !given[name]:
			return o, fmt.Errorf("%s is required for %s", name, o.System)
		case given[name] && !needed && !slices.Contains(s.takes, name):
			return o, fmt.Errorf("%s: %s has no such setting", name, o.System)
		}
	}
	switch {
	case o.System == "" && o.WithoutFactor:
		return o, errors.New("acceptWithoutFactor: system is required with it")
	case o.System == "":
		return o, nil
	case o.Method != "" || o.Encoding != "" || o.Body != nil || o.Refusals != nil || o.Accept.Statuses != nil || o.Accept.Pointer != "" || o.Accept.Equals != nil:
		return o, fmt.Errorf("method, encoding, body, accept, refusals: leave them out with system; %s defines them", o.System)
	case strings.Trim(o.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return o, errors.New("region: give a region such as eu-west-1")
	case strings.ContainsAny(o.URL, "?#"):
		return o, errors.New("url: give the address of the server alone")
	case strings.Contains(o.ClientID+o.ClientSecret+o.Realm, "{"):
		return o, errors.New("clientId, clientSecret, realm: { has no place in them")
	}
	text, err := json.Marshal(s.body(o))
	o.URL, o.Encoding, o.Body = s.address(o), s.encoding, text
	return o, err
}
