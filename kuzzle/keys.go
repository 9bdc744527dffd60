package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type keys struct {
	Rotate rotateKeys `cmd:"" help:"Sign tokens with a new key from now on."`
}

type rotateKeys struct {
	config.Flags
	Overlap time.Duration `default:"24h" help:"How long tokens signed with the present key go on working; 0s ends them all at once."`
	JSON    bool          `name:"json" help:"Print JSON."`
}

// Run makes the new key.
func (r *rotateKeys) Run(ctx context.Context, at console) error {
	if r.Overlap < 0 {
		return usageError("--overlap: give a time such as 24h, or 0s")
	}
	server, err := reach(ctx, r.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	answer, err := server.ask(ctx, backend.AdminRequest{Rotate: &backend.Rotation{Overlap: r.Overlap}})
	if err != nil {
		return err
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return err
	}
	if r.JSON {
		return at.printJSON(made)
	}
	if r.Overlap == 0 {
		_, err = fmt.Fprintf(at.out, "tokens are signed with key %s; everybody has to log in again\n", made.Key)
		return err
	}
	_, err = fmt.Fprintf(at.out, "new tokens are signed with key %s; older ones work for another %s at most\n", made.Key, r.Overlap)
	return err
}
