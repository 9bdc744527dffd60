package legacyhttp_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
)

// account is the state of a user of a stand-in.
type account string

const (
	plainAccount account = "plain"
	shutAccount  account = "shut"    // blocked, disabled
	stepAccount  account = "step"    // has to do something first
	factorOne    account = "factor"  // has a second factor
	limited      account = "limited" // had too many attempts
)

const oldPassword = "Tr0ub4dor&3 ü{password}"

// oldUsers are the users of every stand-in.
var oldUsers = map[string]account{
	"plain@example.com": plainAccount, "shut@example.com": shutAccount, "step@example.com": stepAccount,
	"factor@example.com": factorOne, "limited@example.com": limited,
}

// say answers with JSON.
func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type object = map[string]any

func oauthError(w http.ResponseWriter, status int, code, detail string) {
	say(w, status, object{"error": code, "error_description": detail})
}

// form returns the fields of a request for a token.
func form(w http.ResponseWriter, r *http.Request, host, path string) bool {
	switch {
	case r.Host != host || r.URL.Path != path || r.Method != http.MethodPost:
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil:
		oauthError(w, http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	default:
		return true
	}
	return false
}

// auth0 answers POST /oauth/token as Auth0 documents it.
func auth0(w http.ResponseWriter, r *http.Request) {
	if !form(w, r, "example.eu.auth0.com", "/oauth/token") {
		return
	}
	field := r.PostForm.Get
	known, exists := oldUsers[field("username")]
	switch {
	case field("client_id") != "gXqLEkUWvAXAAa0ho3wWIdLVXjRAzSGR" || field("client_secret") != "the application's secret":
		oauthError(w, http.StatusUnauthorized, "access_denied", "Unauthorized")
	case field("grant_type") != "http://auth0.com/oauth/grant-type/password-realm" || field("realm") != "Username-Password-Authentication":
		oauthError(w, http.StatusForbidden, "unauthorized_client", "Grant type 'password' not allowed for the client.")
	case known == limited:
		oauthError(w, http.StatusTooManyRequests, "too_many_attempts", "Your account has been blocked after multiple consecutive login attempts.")
	case !exists || field("password") != oldPassword:
		oauthError(w, http.StatusForbidden, "invalid_grant", "Wrong email or password.")
	case known == shutAccount:
		oauthError(w, http.StatusUnauthorized, "unauthorized", "user is blocked")
	case known == stepAccount:
		oauthError(w, http.StatusUnauthorized, "password_leaked", "This login has been blocked because your password has been leaked in another website.")
	case known == factorOne:
		say(w, http.StatusForbidden, object{"error": "mfa_required", "error_description": "Multifactor authentication required", "mfa_token": "Fe26...Ha"})
	default:
		say(w, http.StatusOK, object{"access_token": "eyJ.a", "id_token": "eyJ.i", "scope": "openid", "expires_in": 86400, "token_type": "Bearer"})
	}
}

// keycloak answers the token endpoint of a realm as Keycloak's direct grant flow does.
func keycloak(w http.ResponseWriter, r *http.Request) {
	if !form(w, r, "sso.example.com", "/realms/shop/protocol/openid-connect/token") {
		return
	}
	field := r.PostForm.Get
	known, exists := oldUsers[field("username")]
	switch {
	case field("client_id") != "kuzzle" || field("client_secret") != "the client's secret":
		oauthError(w, http.StatusUnauthorized, "unauthorized_client", "Invalid client or Invalid client credentials")
	case field("grant_type") != "password":
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type")
	case known == shutAccount:
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Account disabled")
	case !exists || field("password") != oldPassword || known == limited || known == factorOne:
		oauthError(w, http.StatusUnauthorized, "invalid_grant", "Invalid user credentials")
	case known == stepAccount:
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Account is not fully set up")
	default:
		say(w, http.StatusOK, object{"access_token": "eyJ.a", "expires_in": 300, "refresh_expires_in": 1800, "refresh_token": "eyJ.r", "token_type": "Bearer", "session_state": "s", "scope": "openid"})
	}
}

// cognito answers InitiateAuth as a user pool does.
func cognito(w http.ResponseWriter, r *http.Request) {
	refuse := func(kind, message string) { say(w, http.StatusBadRequest, object{"__type": kind, "message": message}) }
	var in struct {
		AuthFlow, ClientId string //nolint:revive // as Cognito writes it
		AuthParameters     map[string]string
	}
	body, _ := io.ReadAll(r.Body)
	if r.Host != "cognito-idp.eu-west-1.amazonaws.com" || r.URL.Path != "/" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" ||
		r.Header.Get("X-Amz-Target") != "AWSCognitoIdentityProviderService.InitiateAuth" || json.Unmarshal(body, &in) != nil {
		refuse("UnknownOperationException", "")
		return
	}
	name := in.AuthParameters["USERNAME"]
	mac := hmac.New(sha256.New, []byte("the app client's secret"))
	mac.Write([]byte(name + "1example23456789"))
	known, exists := oldUsers[name]
	switch {
	case in.ClientId != "1example23456789":
		refuse("ResourceNotFoundException", "User pool client does not exist.")
	case in.AuthFlow != "USER_PASSWORD_AUTH":
		refuse("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
	case in.AuthParameters["SECRET_HASH"] != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
		refuse("NotAuthorizedException", "Unable to verify secret hash for client 1example23456789")
	case known == limited:
		refuse("NotAuthorizedException", "Password attempts exceeded")
	case !exists:
		refuse("UserNotFoundException", "User does not exist.")
	case in.AuthParameters["PASSWORD"] != oldPassword:
		refuse("NotAuthorizedException", "Incorrect username or password.")
	case known == shutAccount:
		refuse("NotAuthorizedException", "User is disabled.")
	case known == stepAccount:
		say(w, http.StatusOK, object{"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "AYAB", "ChallengeParameters": object{"USER_ID_FOR_SRP": name}})
	case known == factorOne:
		say(w, http.StatusOK, object{"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "AYAB", "ChallengeParameters": object{"USER_ID_FOR_SRP": name}})
	default:
		say(w, http.StatusOK, object{"AuthenticationResult": object{"AccessToken": "eyJ.a", "ExpiresIn": 3600, "IdToken": "eyJ.i", "RefreshToken": "eyJ.r", "TokenType": "Bearer"}, "ChallengeParameters": object{}})
	}
}

// firebase answers accounts:signInWithPassword as Identity Toolkit does.
func firebase(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		say(w, status, object{"error": object{"code": status, "message": message, "errors": []any{object{"message": message, "domain": "global", "reason": "invalid"}}}})
	}
	var in struct {
		Email, Password   string
		ReturnSecureToken bool
	}
	body, _ := io.ReadAll(r.Body)
	if r.Host != "identitytoolkit.googleapis.com" || r.URL.Path != "/v1/accounts:signInWithPassword" || json.Unmarshal(body, &in) != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	known, exists := oldUsers[in.Email]
	switch {
	case r.URL.Query().Get("key") != "AIzaSyExampleExampleExampleExample":
		refuse(http.StatusBadRequest, "API key not valid. Please pass a valid API key.")
	case known == limited:
		refuse(http.StatusBadRequest, "TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account has been temporarily disabled due to many failed login attempts.")
	case !exists || in.Password != oldPassword:
		refuse(http.StatusBadRequest, "INVALID_LOGIN_CREDENTIALS")
	case known == shutAccount:
		refuse(http.StatusBadRequest, "USER_DISABLED")
	case known == stepAccount:
		refuse(http.StatusBadRequest, "PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Missing password requirements: [Password must contain an upper case character]")
	case known == factorOne:
		say(w, http.StatusOK, object{"kind": "identitytoolkit#VerifyPasswordResponse", "localId": "u", "email": in.Email, "registered": true, "mfaPendingCredential": "AMf", "mfaInfo": []any{object{"mfaEnrollmentId": "1"}}})
	default:
		say(w, http.StatusOK, object{"kind": "identitytoolkit#VerifyPasswordResponse", "localId": "u", "email": in.Email, "displayName": "", "idToken": "eyJ.i", "registered": true, "refreshToken": "AMf", "expiresIn": "3600"})
	}
}

// generic answers the page's request to a system that is none of these.
func generic(w http.ResponseWriter, r *http.Request) {
	var in struct{ User, Secret string }
	body, _ := io.ReadAll(r.Body)
	known, exists := oldUsers[in.User]
	if json.Unmarshal(body, &in) == nil {
		known, exists = oldUsers[in.User]
	}
	switch {
	case r.Host != "old.example.com" || r.URL.Path != "/api/login" || r.Header.Get("X-Api-Key") != "the server's key":
		w.WriteHeader(http.StatusForbidden)
	case known == limited:
		w.WriteHeader(http.StatusTooManyRequests)
	case !exists || in.Secret != oldPassword:
		w.WriteHeader(http.StatusUnauthorized)
	case known != plainAccount:
		say(w, http.StatusOK, object{"status": "locked"})
	default:
		say(w, http.StatusOK, object{"status": "ok"})
	}
}
