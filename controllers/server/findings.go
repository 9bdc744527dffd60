package server

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Examination is what an operator should know of a server, in words.
type Examination struct {
	Findings []storage.Finding `json:"findings"`
	// Schema is that of the data, nil where it cannot be read.
	Schema *storage.Schema `json:"schema,omitempty"`
	// At is when the server was looked at, in epoch milliseconds.
	At int64 `json:"at"`
}

// examinationKept is for how long an examination is answered again: one reads the whole
// database.
const examinationKept = time.Minute

// examiner looks at the server for one caller at a time.
type examiner struct {
	turn chan struct{}
	last Examination
}

func (c *controller) findings() []api.Declared {
	return []api.Declared{
		api.Action[api.None, Examination]{
			Name: "examine", Routes: api.Routes{"GET /_examine"},
			Summary: "Tells what is wrong with the server and what to do, as kuzzle doctor does. It mends nothing, and answers again what it found within a minute.", Run: c.examine,
		},
	}
}

func (c *controller) examine(ctx context.Context, _ *api.Request, _ api.None) (Examination, error) {
	select {
	case c.examiner.turn <- struct{}{}:
		defer func() { <-c.examiner.turn }()
	case <-ctx.Done():
		return Examination{}, ctx.Err()
	}
	now := c.Now()
	if at := time.UnixMilli(c.examiner.last.At); c.examiner.last.At != 0 && now.Sub(at) < examinationKept {
		return c.examiner.last, nil
	}
	found, err := c.Examine(ctx)
	if err != nil {
		return Examination{}, err
	}
	if found.At = now.UnixMilli(); found.Findings == nil {
		found.Findings = []storage.Finding{}
	}
	c.examiner.last = found
	return found, nil
}
