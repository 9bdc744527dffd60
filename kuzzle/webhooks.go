package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

type hooks struct {
	List   listHooks   `cmd:"" help:"List the endpoints, without their secrets."`
	Create createHook  `cmd:"" help:"Add an endpoint and print its secret, which is not shown again."`
	Delete deleteHook  `cmd:"" help:"Remove an endpoint. Its waiting messages are not sent."`
	Dead   deadLetters `cmd:"" help:"List the messages that endpoints did not accept."`
	Replay replayDead  `cmd:"" help:"Send such messages again."`
}

type listHooks struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON, as webhooks:list answers it."`
}

// Run prints all of them.
func (l *listHooks) Run(ctx context.Context, at console) error {
	var all struct {
		Hits []struct {
			ID     string   `json:"_id"`
			URL    string   `json:"url"`
			Format string   `json:"format"`
			Events []string `json:"events"`
		} `json:"hits"`
	}
	raw, err := ask(ctx, l.Flags, "webhooks", "list", nil, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, l.JSON, func(table io.Writer) {
		for _, one := range all.Hits {
			wanted := cmp.Or(strings.Join(one.Events, " "), "all events")
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.ID, one.URL, one.Format, wanted)
		}
	})
}

type createHook struct {
	config.Flags
	URL    string   `arg:"" help:"URL of the endpoint, such as https://app.example.com/hooks."`
	Format string   `placeholder:"FORMAT" help:"Format of the messages: standard, the default, or clerk, which is Clerk's."`
	Event  []string `sep:"none" placeholder:"EVENT" help:"Event to send, such as user.created; all of its format by default. Those of standard are ${webhook_events}; those of clerk are ${clerk_events}. May be repeated."`
	JSON   bool     `name:"json" help:"Print JSON, as webhooks:create answers it."`
}

// Run adds one.
func (c *createHook) Run(ctx context.Context, at console) error {
	body := map[string]any{"url": c.URL}
	if c.Format != "" {
		body["format"] = c.Format
	}
	if len(c.Event) > 0 {
		body["events"] = c.Event
	}
	var made struct {
		ID     string `json:"_id"`
		Secret string `json:"secret"`
	}
	raw, err := ask(ctx, c.Flags, "webhooks", "create", nil, body, &made)
	if err != nil {
		return err
	}
	if c.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "endpoint %s gets events from now on\nits secret, which is not shown again: %s\n", made.ID, made.Secret)
	return err
}

type deleteHook struct {
	config.Flags
	ID string `arg:"" help:"Id of the endpoint, as list prints it."`
}

// Run ends one.
func (d *deleteHook) Run(ctx context.Context, at console) error {
	var gone struct {
		ID string `json:"_id"`
	}
	if _, err := ask(ctx, d.Flags, "webhooks", "delete", map[string]any{"_id": d.ID}, nil, &gone); err != nil {
		return err
	}
	_, err := fmt.Fprintf(at.out, "endpoint %s is removed\n", gone.ID)
	return err
}

type deadLetters struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON, as webhooks:listDead answers it."`
}

// Run prints them.
func (l *deadLetters) Run(ctx context.Context, at console) error {
	var all struct {
		Hits []webhooks.Dead `json:"hits"`
	}
	raw, err := ask(ctx, l.Flags, "webhooks", "listDead", nil, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, l.JSON, func(table io.Writer) {
		for _, one := range all.Hits {
			died := time.UnixMilli(one.DiedAt).UTC().Format(time.RFC3339)
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", one.ID, died, one.Endpoint, one.Type, one.Kuid, one.Why())
		}
	})
}

type replayDead struct {
	config.Flags
	ID  string `arg:"" optional:"" help:"Id of one message, as dead prints it."`
	All bool   `help:"Replay all of them, a thousand at once."`
}

// Run sends one or all again.
func (r *replayDead) Run(ctx context.Context, at console) error {
	if (r.ID == "") != r.All {
		return usageError("give the id of a message, or --all")
	}
	args := map[string]any{}
	if r.ID != "" {
		args["_id"] = r.ID
	}
	var done struct {
		Replayed int `json:"replayed"`
	}
	if _, err := ask(ctx, r.Flags, "webhooks", "replay", args, nil, &done); err != nil {
		return err
	}
	_, err := fmt.Fprintf(at.out, "%d messages will be sent again\n", done.Replayed)
	return err
}
