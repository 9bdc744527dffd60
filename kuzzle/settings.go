package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type settings struct {
	List listSettings `cmd:"" help:"List the settings that may be set while servers run, with the source of each value."`
	Get  getSetting   `cmd:"" help:"Print the value of a setting."`
	Set  setSetting   `cmd:"" help:"Set a setting, on every server within a second."`
}

// oneSetting is the shown part of the answer of settings:get.
type oneSetting struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
	From  string          `json:"from"`
}

type listSettings struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON, as settings:list answers it."`
}

// Run prints all of them.
func (l *listSettings) Run(ctx context.Context, at console) error {
	var all struct {
		Hits []oneSetting `json:"hits"`
	}
	raw, err := ask(ctx, l.Flags, "settings", "list", nil, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, l.JSON, func(table io.Writer) {
		for _, one := range all.Hits {
			fmt.Fprintf(table, "%s\t%s\t%s\n", one.Key, one.From, one.Value)
		}
	})
}

type getSetting struct {
	config.Flags
	Key  string `arg:"" help:"Name, such as security.authToken.expiresIn."`
	JSON bool   `name:"json" help:"Print JSON, as settings:get answers it."`
}

// Run prints the value in the form of a file.
func (g *getSetting) Run(ctx context.Context, at console) error {
	var one oneSetting
	raw, err := ask(ctx, g.Flags, "settings", "get", map[string]any{"_id": g.Key}, nil, &one)
	if err != nil {
		return err
	}
	if g.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "%s\n", one.Value)
	return err
}

type setSetting struct {
	config.Flags
	Key     string `arg:"" help:"Name, such as security.authToken.expiresIn."`
	Value   string `arg:"" optional:"" help:"Value, such as 2h."`
	Default bool   `help:"Return the setting to its default, instead of a value."`
	JSON    bool   `name:"json" help:"Print JSON, as settings:set answers it."`
}

// Run sets it. A value that is valid JSON is read as JSON, any other as a text.
func (s *setSetting) Run(ctx context.Context, at console) error {
	if (s.Value == "") != s.Default {
		return usageError("give a value, or --default")
	}
	var value any = s.Value
	if s.Default {
		value = nil
	} else if json.Valid([]byte(s.Value)) {
		value = json.RawMessage(s.Value)
	}
	var one oneSetting
	raw, err := ask(ctx, s.Flags, "settings", "set", map[string]any{"_id": s.Key}, map[string]any{"value": value}, &one)
	if err != nil {
		return err
	}
	if s.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "%s is now %s\n", one.Key, one.Value)
	return err
}
