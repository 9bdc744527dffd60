package storage

import (
	"fmt"
	"iter"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// Upgrade leads from one schema of a store's data to the next. An engine has a
// step of its own under the same name where more changes than the collections.
type Upgrade struct {
	// Name is what doctor calls the schema that it leads to.
	Name string
	// Adds are the collections that a store has from then on.
	Adds []Collection
}

// Upgrades are all of them in order. The schema that one leads to has its place
// in the list as its number, from 1. What stands here stays as it is: only a new
// line at the end reaches the data of those who have upgraded already.
var Upgrades = []Upgrade{
	{Name: "beginning", Adds: []Collection{Users, Profiles, Roles, Sessions, APIKeys, Flows, Settings}},
	{Name: "names of indexes"},
	{Name: "history"},
	{Name: "outbox", Adds: []Collection{Outbox}},
	{Name: "blobs", Adds: []Collection{Blobs}},
	{Name: "parts of texts"},
	{Name: "organizations", Adds: []Collection{Organizations, Memberships, OrganizationInvitations}},
	{Name: "orders of users"},
	{Name: "tickets", Adds: []Collection{Tickets}},
	{Name: "recent texts"},
}

// Collections lists all of them, in the order in which upgrades added them.
var Collections = func() (all []Collection) {
	for _, upgrade := range Upgrades {
		all = append(all, upgrade.Adds...)
	}
	return all
}()

// LatestSchema is the number of the schema that this program writes.
func LatestSchema() int { return len(Upgrades) }

// UpgradesFrom are the upgrades of data that has a schema, each with the number of
// the schema that it leads to.
func UpgradesFrom(schema int) iter.Seq2[int, Upgrade] {
	return func(yield func(int, Upgrade) bool) {
		for number := schema + 1; number <= LatestSchema(); number++ {
			if !yield(number, Upgrades[number-1]) {
				return
			}
		}
	}
}

// Since is the number of the schema that added a collection, or 0.
func Since(of Collection) int {
	for number, upgrade := range UpgradesFrom(0) {
		for _, added := range upgrade.Adds {
			if added == of {
				return number
			}
		}
	}
	return 0
}

// Upgraded is one line of a store's history: by which program, and when, its data
// came to a schema.
type Upgraded struct {
	Schema  int       `json:"schema"`
	Name    string    `json:"name"`
	Program string    `json:"program"`
	At      time.Time `json:"at"`
	// Made says that the store was made with this schema.
	Made bool `json:"made,omitempty"`
}

func (u Upgraded) String() string {
	done := "upgraded"
	if u.Made {
		done = "made"
	}
	return fmt.Sprintf("%s on %s with schema %d (%s) by kuzzle %s", done, u.At.UTC().Format(time.DateTime), u.Schema, u.Name, u.Program)
}

// Schema is the schema of a store's data, and how it came to it.
type Schema struct {
	Number int `json:"number"`
	// History has the oldest line first. Before schema 3 there was none.
	History []Upgraded `json:"history,omitempty"`
}

// Older reports whether this program upgrades the data before it serves.
func (s Schema) Older() bool { return s.Number < LatestSchema() }

// Program is the program that brought the data to its schema, or "".
func (s Schema) Program() string {
	if len(s.History) == 0 {
		return ""
	}
	return s.History[len(s.History)-1].Program
}

func (s Schema) String() string {
	text := fmt.Sprintf("schema %d", s.Number)
	if last := len(s.History) - 1; last >= 0 {
		text += fmt.Sprintf(" (%s)", s.History[last].Name)
	}
	if program := s.Program(); program != "" {
		text += " of kuzzle " + program
	}
	return text
}

// Record answers a history with the lines of an upgrade that ends now; from is
// the schema that the data had, and 0 makes a store. Lines that are there already
// are not added again.
func Record(history []Upgraded, from int, now time.Time) []Upgraded {
	line := func(number int, upgrade Upgrade, made bool) Upgraded {
		return Upgraded{Schema: number, Name: upgrade.Name, Program: version.Full(), At: now.UTC().Truncate(time.Second), Made: made}
	}
	if from == 0 {
		if len(history) > 0 {
			return history
		}
		return []Upgraded{line(LatestSchema(), Upgrades[LatestSchema()-1], true)}
	}
	if last := len(history) - 1; last >= 0 {
		from = max(from, history[last].Schema)
	}
	for number, upgrade := range UpgradesFrom(from) {
		history = append(history, line(number, upgrade, false))
	}
	return history
}

// NewerError is the refusal of data that a later program wrote.
type NewerError struct {
	// Where is the file or the index.
	Where string
	Has   Schema
}

// Problem is the first half of the message.
func (e *NewerError) Problem() string {
	by := "a newer version"
	if program := e.Has.Program(); program != "" {
		by += ", kuzzle " + program
	}
	return fmt.Sprintf("%s has schema %d, from %s; this is kuzzle %s, which knows up to schema %d", e.Where, e.Has.Number, by, version.Full(), LatestSchema())
}

// Remedy is the other half.
func (e *NewerError) Remedy() string {
	run := "run the version that wrote it, or a newer one"
	if program := e.Has.Program(); program != "" {
		run = "run kuzzle " + program + " or a newer one"
	}
	return run + "; to go back, restore a backup of before the upgrade into an empty place"
}

func (e *NewerError) Error() string { return e.Problem() + ": " + e.Remedy() }
