// Package credentials makes users with their credentials, and changes and shows
// credentials: it has the strategies judge what was sent, then has them hash it,
// then writes user and records in one commit. A refused request has changed
// nothing.
package credentials
