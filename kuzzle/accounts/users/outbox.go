package users

import (
	"cmp"
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
	// Messages are those that a change has to write.
	Messages(Told) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told is a change of a user as an Outbox is told of it.
type Told struct {
	By Actor
	// Was is the user before the change, nil for a new one, and Next after it, nil for
	// one that is gone.
	Was, Next *User
	// Caused are the events that the change causes, in their order.
	Caused []events.Event
}

// Ends reports whether the change ends all sessions of the user.
func (t *Told) Ends() bool {
	return t.Was != nil && (t.Next == nil || t.Next.Epoch != t.Was.Epoch)
}

// Tell is an event that a change causes, for Edit.Tell and Change.Tell.
func Tell(name string, data events.Data) []events.Event {
	return []events.Event{{Name: name, Data: data}}
}

// messages are those of a change.
func (us *Users) messages(t Told) ([]storage.Document, error) {
	if us.Outbox == nil || len(t.Caused) == 0 && !t.Ends() || us.Outbox.Idle() {
		return nil, nil
	}
	u := cmp.Or(t.Next, t.Was)
	t.Caused = slices.Clone(t.Caused)
	for i := range t.Caused {
		data := events.Data{events.Version: u.Version, events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies}
		for field, value := range t.Caused[i].Data {
			data[field] = value
		}
		t.Caused[i].Subject, t.Caused[i].Data = Subject(events.User, u.Kuid), data
	}
	return us.Outbox.Messages(t)
}

// wrote wakes whoever sends the messages of a commit.
func (us *Users) wrote(change storage.Change) {
	if len(change.Outbox) > 0 {
		us.Outbox.Written()
	}
}
