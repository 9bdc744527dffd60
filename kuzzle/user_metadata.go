package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type userMetadata struct {
	Get getMetadata `cmd:"" help:"Print a user's metadata of all kinds."`
	Set setMetadata `cmd:"" help:"Merge metadata into a user's metadata; null removes a key, or all of a kind."`
}

type getMetadata struct {
	config.Flags
	User string `arg:"" name:"kuid" help:"Id of the user."`
	JSON bool   `name:"json" help:"Print JSON, as security:getUserMetadata answers it."`
}

// Run prints them, one kind per line.
func (g *getMetadata) Run(ctx context.Context, at console) error {
	var all struct{ Public, Private, Unsafe json.RawMessage }
	raw, err := ask(ctx, g.Flags, "security", "getUserMetadata", map[string]any{"_id": g.User}, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, g.JSON, func(table io.Writer) {
		fmt.Fprintf(table, "public\t%s\nprivate\t%s\nunsafe\t%s\n", all.Public, all.Private, all.Unsafe)
	})
}

type setMetadata struct {
	config.Flags
	User    string `arg:"" name:"kuid" help:"Id of the user."`
	Public  string `placeholder:"JSON" help:"Metadata that the user may read, such as '{\"plan\":\"pro\"}'."`
	Private string `placeholder:"JSON" help:"Metadata that is hidden from the user."`
	Unsafe  string `placeholder:"JSON" help:"Metadata that the user may also write."`
	JSON    bool   `name:"json" help:"Print JSON, as security:updateUserMetadata answers it."`
}

// Run changes the given kinds.
func (s *setMetadata) Run(ctx context.Context, at console) error {
	body := map[string]any{}
	for _, given := range []struct{ kind, text string }{{"public", s.Public}, {"private", s.Private}, {"unsafe", s.Unsafe}} {
		switch given.text {
		case "":
			continue
		case "null":
			body[given.kind] = nil
			continue
		}
		value, err := object(given.kind, given.text)
		if err != nil {
			return err
		}
		body[given.kind] = value
	}
	if len(body) == 0 {
		return usageError("give --public, --private or --unsafe")
	}
	var now struct{}
	raw, err := ask(ctx, s.Flags, "security", "updateUserMetadata", map[string]any{"_id": s.User}, body, &now)
	if err != nil {
		return err
	}
	if s.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "changed the metadata of %s\n", s.User)
	return err
}
