package audit

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// Stream is the value of "stream" in every line.
const Stream = "audit"

// Dropped is the "event" of a line with the number of missing records.
const Dropped = "audit.dropped"

// Record is one line, with its keys in this order. Readers should ignore unknown keys.
type Record struct {
	Time    time.Time      `json:"time"`
	Stream  string         `json:"stream"`
	Event   string         `json:"event"`
	ID      string         `json:"id,omitempty"`
	Outcome string         `json:"outcome,omitempty"`
	Actor   events.Actor   `json:"actor,omitzero"`
	Subject events.Subject `json:"subject,omitzero"`
	Request string         `json:"requestId,omitempty"`
	Data    events.Data    `json:"data,omitempty"`
	// Lost is the number of missing records before this line, on Dropped only.
	Lost uint64 `json:"lost,omitempty"`
}

func recordOf(e *events.Event) Record {
	return Record{
		Time: e.At, Stream: Stream, Event: e.Name, ID: e.ID, Outcome: e.Outcome,
		Actor: e.Actor, Subject: e.Subject, Request: e.Request, Data: e.Data,
	}
}
