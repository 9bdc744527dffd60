package server

import (
	"context"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *controller) basics() []api.Declared {
	return []api.Declared{
		api.Action[api.None, clock]{
			Name: "now", Routes: api.Routes{"GET /_now"},
			Summary: "Returns the server's time in epoch milliseconds.", Run: c.now,
		},
		api.Action[api.None, existence]{
			Name: AdminExists, Routes: api.Routes{"GET /_adminExists"},
			Summary: "Tells whether an administrator exists.", Run: c.adminExists,
		},
	}
}

// clock is a time in epoch milliseconds.
type clock int64

// Shape implements api.Shaped.
func (t clock) Shape() any {
	return struct {
		Now int64 `json:"now"`
	}{}
}

// AppendJSON writes what now answers, without a detour.
func (t clock) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"now":`...)
	dst = strconv.AppendInt(dst, int64(t), 10)
	return append(dst, '}'), nil
}

func (c *controller) now(context.Context, *api.Request, api.None) (clock, error) {
	return clock(c.Now().UnixMilli()), nil
}

type existence struct {
	Exists bool `json:"exists"`
}

func (c *controller) adminExists(ctx context.Context, _ *api.Request, _ api.None) (existence, error) {
	exists, err := c.AdminExists(ctx)
	return existence{exists}, err
}
