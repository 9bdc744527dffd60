package users

import (
	"cmp"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox passes changes of users to outside programs. It writes its messages in the commit of the
// change, so that a message exists if and only if the change was made.
type Outbox interface {
	// Idle reports whether there are no receivers, so that no messages are needed.
	Idle() bool
	// Messages returns the messages to write with a change.
	Messages(Told) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told describes a change of a user to an Outbox.
type Told struct {
	By Actor
	// Was is the user before the change, nil for a new one. Next is the user after it, nil for a
	// deleted one.
	Was, Next *User
	// Caused are the events of the change, in order.
	Caused []events.Event
}

// Ends reports whether the change ends all sessions of the user.
func (t *Told) Ends() bool {
	return t.Was != nil && (t.Next == nil || t.Next.Epoch != t.Was.Epoch)
}

// Tell returns an event of a change, for Edit.Tell and Change.Tell.
func Tell(name string, data events.Data) []events.Event {
	return []events.Event{{Name: name, Data: data}}
}

// messages returns the messages for a change.
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

// wrote wakes the sender of a commit's messages.
func (us *Users) wrote(change storage.Change) {
	if len(change.Outbox) > 0 {
		us.Outbox.Written()
	}
}
