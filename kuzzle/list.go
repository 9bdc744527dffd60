package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// page is how many users one request asks for.
const page = 1000

// scrollLife is how long the server keeps a list between two pages.
const scrollLife = "15s"

type listUsers struct {
	config.Flags
	Limit int  `default:"100" help:"Most users to list; 0 lists all."`
	JSON  bool `name:"json" help:"Print JSON, one user a line."`
}

// Run prints users page by page, so that any number of them takes little memory.
func (l *listUsers) Run(ctx context.Context, at console) error {
	if l.Limit < 0 {
		return usageError("--limit: give a number of users, or 0 for all")
	}
	server, err := reach(ctx, l.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	size := page
	if l.Limit > 0 {
		size = min(size, l.Limit)
	}
	action, args := "searchUsers", map[string]any{"size": size, "scroll": scrollLife}
	for listed := 0; ; action = "scrollUsers" {
		found, err := l.next(ctx, server, action, args)
		if err != nil {
			return err
		}
		for _, hit := range found.Hits {
			if err := l.print(at, hit); err != nil {
				return err
			}
			listed++
			if listed == l.Limit && listed < found.Total {
				fmt.Fprintf(at.err, "%d of %d users; --limit 0 lists all\n", listed, found.Total)
			}
			if listed == l.Limit {
				return nil
			}
		}
		if len(found.Hits) == 0 || listed >= found.Total {
			return nil
		}
		args = map[string]any{"scrollId": found.ScrollID, "scroll": scrollLife}
	}
}

type found struct {
	Hits     []document `json:"hits"`
	Total    int        `json:"total"`
	ScrollID string     `json:"scrollId"`
}

func (l *listUsers) next(ctx context.Context, server operator, action string, args map[string]any) (found, error) {
	var f found
	result, err := call(ctx, server, action, args, nil)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(result, &f)
}

func (l *listUsers) print(at console, user document) error {
	if l.JSON {
		return at.printJSON(user)
	}
	return at.printLine(user)
}

// printLine prints a user's id and profiles.
func (at console) printLine(user document) error {
	_, err := fmt.Fprintf(at.out, "%s\t%s\n", user.ID, listed(user.Source["profileIds"]))
	return err
}
