package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// document is a user in the form of answers.
type document struct {
	ID           string         `json:"_id"`
	Source       map[string]any `json:"_source"`
	LastSignInAt int64          `json:"lastSignInAt"`
	// Account is there where the action was asked for it.
	Account named `json:"account"`
	// Standing is there where a user is banned or locked.
	Standing struct {
		BannedAt int64 `json:"bannedAt,omitempty"`
		LockedAt int64 `json:"lockedAt,omitempty"`
		// LockedUntil is when the lock expires, 0 for never.
		LockedUntil int64 `json:"lockedUntil,omitempty"`
	} `json:"standing,omitzero"`
}

// refusal is an error object of the API.
type refusal struct {
	Message string `json:"message"`
	ID      string `json:"id"`
}

func (r *refusal) Error() string {
	text := strings.Join(strings.Fields(r.Message), " ")
	return fmt.Sprintf("%s (%s)", text, r.ID)
}

// call runs an action of the security controller and returns its result as the
// server wrote it.
func call(ctx context.Context, server operator, action string, args, body map[string]any) (json.RawMessage, error) {
	return act(ctx, server, backend.AdminRequest{Controller: "security", Action: action, Args: args, Body: body})
}

// act is like call for an action of any controller.
func act(ctx context.Context, server operator, in backend.AdminRequest) (json.RawMessage, error) {
	answer, err := server.ask(ctx, in)
	if err != nil {
		return nil, err
	}
	var envelope struct {
		Error  *refusal
		Result json.RawMessage
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return nil, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	if envelope.Error != nil {
		return nil, envelope.Error
	}
	return envelope.Result, nil
}

// ask connects to the operator that the flags name, runs an action of any
// controller, and reads its result, which it also returns as it was written.
func ask(ctx context.Context, flags config.Flags, controller, action string, args, body map[string]any, result any) (json.RawMessage, error) {
	server, err := reach(ctx, flags, existing)
	if err != nil {
		return nil, err
	}
	defer server.close()
	raw, err := act(ctx, server, backend.AdminRequest{Controller: controller, Action: action, Args: args, Body: body})
	if err != nil {
		return nil, err
	}
	return raw, json.Unmarshal(raw, result)
}

// table aligns columns that are separated by tabs.
func (at console) table() *tabwriter.Writer { return tabwriter.NewWriter(at.out, 0, 0, 2, ' ', 0) }

// printJSON writes a value on one line.
func (at console) printJSON(value any) error {
	encoder := json.NewEncoder(at.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// list prints the answer of an action: unchanged, or as rows.
func (at console) list(raw json.RawMessage, asWritten bool, rows func(table io.Writer)) error {
	if asWritten {
		return at.printJSON(raw)
	}
	table := at.table()
	rows(table)
	return table.Flush()
}

// object reads a flag that holds a JSON object.
func object(flag, text string) (map[string]any, error) {
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil || value == nil {
		return nil, usageError(fmt.Sprintf(`--%s: give a JSON object such as '{"fullname":"John Doe"}'`, flag))
	}
	return value, nil
}
