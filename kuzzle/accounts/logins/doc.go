// Package logins lets users in: it hands a login to its strategy, gives the
// strategy what it may ask for ([Logins.Host]), and turns its outcome into changed
// records and a session. Unknown names cost what known ones do (decoys).
package logins
