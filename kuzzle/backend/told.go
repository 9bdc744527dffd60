package backend

import (
	"github.com/gokuzzle/kuzzle/clerk/hooks"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// told is an accounts.Outbox for all recipients of a change: external programs, in each
// format, and users.
type told struct {
	*hooks.Outbox
	app *App
}

// Idle implements users.Outbox.
func (t told) Idle() bool { return t.app.notices == nil && t.Outbox.Idle() }

// Messages implements users.Outbox.
func (t told) Messages(of users.Told) ([]storage.Document, error) {
	messages, err := t.Outbox.Messages(of.Caused)
	if err != nil {
		return nil, err
	}
	more, err := t.User(of)
	if messages = append(messages, more...); err != nil || t.app.notices == nil {
		return messages, err
	}
	for _, event := range of.Caused {
		for _, what := range t.app.notices.about(of.Was, event) {
			message, err := t.app.notices.message(event.Subject.ID, noticeFor, what)
			if err != nil {
				return nil, err
			}
			messages = append(messages, message)
		}
	}
	return messages, nil
}

// Written implements users.Outbox.
func (t told) Written() {
	t.Outbox.Written()
	if t.app.notices != nil {
		t.app.notices.queue.Wake()
	}
}
