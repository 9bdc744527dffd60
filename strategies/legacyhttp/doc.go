// Package legacyhttp is the strategy for users whose password another system
// knows. It asks that system once over HTTP, and from then on the instance keeps
// its own digest. So users move over as they log in, without their digests.
//
// It uses only the contract of package strategies. Credentials have names
// (username, email, phone). The records say "ask the old system"; they verify the
// password in logins by this strategy and by local. The first right password goes
// to the instance's password keeper, which replaces the record by its own, and the
// old system is never asked for that user again. If so configured, the answer also
// creates users who are unknown here. The [Options], the section
// strategies.legacy-http of the configuration, define the request and the answers
// that mean yes. For Auth0, Cognito, Firebase and Keycloak, a system of that name
// defines all of it; .github/TRICKLE.md has a configuration for each. Without a url
// and a system the strategy is left out.
//
//	"strategies": {"legacy-http": {
//	  "url": "https://old.example.com/api/login",
//	  "body": {"user": "{username}", "secret": "{password}"},
//	  "secretHeaders": {"X-Api-Key": "…"},
//	  "accept": {"pointer": "/status", "equals": "ok"},
//	  "create": {"profileIds": ["default"], "content": {"fullname": "/user/name"}}
//	}}
//
// With create, the old system is asked for every name that is unknown here, which
// takes time. To hide which names are known, a refusal by this strategy always
// asks: for a name known here it sends a request for nobody. For any name, a wrong
// password then costs one request and one hash. While the old system cannot be
// asked, every name gets that error, and the login counts as failed. One difference
// remains: an old system may itself take another time for unknown names. A login
// by local never asks for unknown names.
//
// Users with such a record cannot change their names, because failed logins are
// counted by name. Administrators may change them.
//
// An account that a known system shuts out, or asks for a second factor, is refused
// like a wrong password, and the log says so without the name.
//
// If the old system cannot be asked, or answers neither yes nor no, the login is
// answered by 503 with Retry-After, never by a wrong password. The number of
// concurrent requests and the time and size of an answer are bounded.
//
// This package knows no storage, sessions or transport of ours, and starts no
// goroutine.
package legacyhttp
