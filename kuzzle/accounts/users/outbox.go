package users

import (
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox has programs outside told of what happens to users. Messages are written
// in the same commit as the change, so that there is one if and only if the change
// was made.
type Outbox interface {
	// Idle reports whether nobody is to be told, so that there are no messages.
	Idle() bool
	// Messages are those that a change has to write which causes the events. was is
	// the user before the change, nil for a new one.
	Messages(was *User, caused []events.Event) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Tell is an event that a change causes, for Edit.Tell and Change.Tell.
func Tell(name string, data events.Data) []events.Event {
	return []events.Event{{Name: name, Data: data}}
}

// messages are those of a change of a user, who was nobody if nil, to a next state.
func (us *Users) messages(was, u *User, tell []events.Event) ([]storage.Document, error) {
	if us.Outbox == nil || len(tell) == 0 || us.Outbox.Idle() {
		return nil, nil
	}
	caused := slices.Clone(tell)
	for i := range caused {
		data := events.Data{events.Version: u.Version, events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies}
		for field, value := range caused[i].Data {
			data[field] = value
		}
		caused[i].Subject, caused[i].Data = Subject(events.User, u.Kuid), data
	}
	return us.Outbox.Messages(was, caused)
}

// wrote wakes whoever sends the messages of a commit.
func (us *Users) wrote(change storage.Change) {
	if len(change.Outbox) > 0 {
		us.Outbox.Written()
	}
}
