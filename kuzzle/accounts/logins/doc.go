// Package logins logs users in. It passes a login to its strategy, offers the strategy its host
// ([Logins.Host]), and turns the outcome into changed records and a session. Decoys make unknown
// names cost the same as known ones.
package logins
