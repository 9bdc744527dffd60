package server

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Examination has the findings about a server for its operator, in words.
type Examination struct {
	Findings []storage.Finding `json:"findings"`
	// Schema is the schema of the data, nil if it cannot be read.
	Schema *storage.Schema `json:"schema,omitempty"`
	// At is the time of the examination, in epoch milliseconds.
	At int64 `json:"at"`
}

// examinationKept is how long an examination is reused: each one reads the whole database.
const examinationKept = time.Minute

// examiner examines the server for one caller at a time.
type examiner struct {
	turn chan struct{}
	last Examination
}

func (c *controller) findings() []api.Declared {
	return []api.Declared{
		api.Action[api.None, Examination]{
			Name: "examine", Routes: api.Routes{"GET /_examine"},
			Summary: "Lists problems of the server and their remedies, like kuzzle doctor. It repairs nothing. A result is reused for a minute.", Run: c.examine,
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
