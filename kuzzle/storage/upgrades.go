package storage

import (
	"fmt"
	"iter"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// Upgrade is the step from one schema of a store's data to the next. If it changes
// more than the collections, each engine has a step under the same name.
type Upgrade struct {
	// Name is the name of the new schema in doctor's output.
	Name string
	// Adds are the collections that it adds.
	Adds []Collection
}

// Upgrades are all upgrades in order. The number of a schema is the position of
// its upgrade in the list, from 1. Existing lines never change: only a new line at
// the end applies to data that was already upgraded.
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

// Collections are all collections, in the order in which upgrades added them.
var Collections = func() (all []Collection) {
	for _, upgrade := range Upgrades {
		all = append(all, upgrade.Adds...)
	}
	return all
}()

// LatestSchema returns the number of the schema that this program writes.
func LatestSchema() int { return len(Upgrades) }

// UpgradesFrom returns the upgrades of data with a schema, each with the number of
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

// Since returns the number of the schema that added a collection, or 0.
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

// Upgraded is one line of a store's history: which program brought the data to a
// schema, and when.
type Upgraded struct {
	Schema  int       `json:"schema"`
	Name    string    `json:"name"`
	Program string    `json:"program"`
	At      time.Time `json:"at"`
	// Made means that the store was created with this schema.
	Made bool `json:"made,omitempty"`
}

func (u Upgraded) String() string {
	done := "upgraded"
	if u.Made {
		done = "made"
	}
	return fmt.Sprintf("%s on %s with schema %d (%s) by kuzzle %s", done, u.At.UTC().Format(time.DateTime), u.Schema, u.Name, u.Program)
}

// Schema is the schema of a store's data, with its history.
type Schema struct {
	Number int `json:"number"`
	// History has the oldest line first. It exists since schema 3.
	History []Upgraded `json:"history,omitempty"`
}

// Older reports whether this program must upgrade the data before it serves.
func (s Schema) Older() bool { return s.Number < LatestSchema() }

// Program returns the program that brought the data to its schema, or "".
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

// Record adds the lines of a completed upgrade to a history; from is the schema
// that the data had, and 0 for a new store. It does not add existing lines again.
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

// NewerError refuses data that a later program wrote.
type NewerError struct {
	// Where is the file or the index.
	Where string
	Has   Schema
}

// Problem returns the first half of the message.
func (e *NewerError) Problem() string {
	by := "a newer version"
	if program := e.Has.Program(); program != "" {
		by += ", kuzzle " + program
	}
	return fmt.Sprintf("%s has schema %d, from %s; this is kuzzle %s, which supports schemas up to %d", e.Where, e.Has.Number, by, version.Full(), LatestSchema())
}

// Remedy returns the second half of the message.
func (e *NewerError) Remedy() string {
	run := "run the version that wrote it, or a newer one"
	if program := e.Has.Program(); program != "" {
		run = "run kuzzle " + program + " or a newer one"
	}
	return run + "; to go back, restore a backup from before the upgrade into an empty data directory"
}

func (e *NewerError) Error() string { return e.Problem() + ": " + e.Remedy() }
