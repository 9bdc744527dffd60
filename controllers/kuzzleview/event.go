package kuzzleview

import "github.com/gokuzzle/kuzzle/kuzzle/events"

// Event is an event in the form for clients. At is in epoch milliseconds.
type Event struct {
	ID      string         `json:"id,omitempty"`
	Name    string         `json:"name"`
	At      int64          `json:"at"`
	Outcome string         `json:"outcome"`
	Actor   events.Actor   `json:"actor"`
	Subject events.Subject `json:"subject"`
	Request string         `json:"requestId,omitempty"`
	Data    events.Data    `json:"data,omitempty"`
}

// EventsOf returns events in the form for clients.
func EventsOf(list []events.Event) []Event {
	all := make([]Event, len(list))
	for i, e := range list {
		all[i] = Event{
			ID: e.ID, Name: e.Name, At: e.At.UnixMilli(), Outcome: e.Outcome, Actor: e.Actor, Subject: e.Subject, Request: e.Request, Data: e.Data,
		}
	}
	return all
}
