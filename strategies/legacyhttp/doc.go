// Package legacyhttp is the strategy of users whose password another system
// knows: it is asked once over HTTP, and from then on the instance keeps a
// digest of its own. So users move over as they come, without their digests.
//
// It is built on nothing but the contract of package strategies. In come names
// (username, email, phone); out go records that say "ask the old system" and
// answer the password through this strategy's login and through local's. The
// first right password is handed to the instance's password keeper, which
// replaces the record by its own: the old system is never asked for that user
// again. Users who are not here yet can be made of the answer, if that is
// configured. How to ask and what counts as a yes say the [Options], the section
// strategies.legacy-http of the configuration; without a url the strategy is
// left out.
//
//	"strategies": {"legacy-http": {
//	  "url": "https://old.example.com/api/login",
//	  "body": {"user": "{username}", "secret": "{password}"},
//	  "secretHeaders": {"X-Api-Key": "…"},
//	  "accept": {"pointer": "/status", "equals": "ok"},
//	  "create": {"profileIds": ["default"], "content": {"fullname": "/user/name"}}
//	}}
//
// With create, a name that nobody has here makes the old system be asked, which
// takes its time. So a refusal through this strategy asks for nobody where the
// name is here, and neither time nor answer tells which names are: whosever it is,
// a wrong password costs one question and one hash, and while the old system
// cannot be asked it is answered by that, and counted as any other. One thing
// still tells: a system that takes another time for unknown names than for known
// ones. A login through local never asks for names that nobody has here.
//
// Users whom the old system still has to be asked for keep the names they have,
// since failed logins are counted by name; administrators may change them.
//
// A system that cannot be asked, or answers what is neither yes nor no, is a 503
// with Retry-After: nobody is told that a password is wrong when nobody knows.
// What is asked at once, how long an answer may take and be, are bounded.
//
// This package knows no storage, sessions or transport of ours, and starts no
// goroutine.
package legacyhttp
