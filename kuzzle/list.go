package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// page is how many users one request asks for: as many as the server gives.
const page = 500

type listUsers struct {
	config.Flags
	Limit int  `default:"100" help:"Most users to list; 0 lists all."`
	JSON  bool `name:"json" help:"Print JSON, one user a line, as security:listUsers answers it."`
}

// Run prints users page by page, so that any number of them needs little memory.
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
	args := map[string]any{"size": size, "order": "_id", "content": l.JSON}
	for listed := 0; ; {
		found, err := l.next(ctx, server, args)
		if err != nil {
			return err
		}
		for _, hit := range found.Hits {
			if err := l.print(at, hit); err != nil {
				return err
			}
		}
		listed += len(found.Hits)
		if left := l.Limit - listed; l.Limit > 0 {
			if left == 0 && found.Next != "" {
				fmt.Fprintf(at.err, "%d of %s; --limit 0 lists all\n", listed, found.total())
			}
			args["size"] = min(size, left)
		}
		if found.Next == "" || listed == l.Limit {
			return nil
		}
		args["after"] = found.Next
	}
}

// userPage is a page of users as security:listUsers answers it, each as it was written.
type userPage struct {
	Hits    []json.RawMessage `json:"hits"`
	Total   int               `json:"total"`
	AtLeast bool              `json:"atLeast"`
	Next    string            `json:"next"`
}

// total says how many users there are.
func (p *userPage) total() string {
	if p.AtLeast {
		return fmt.Sprintf("more than %d users", p.Total)
	}
	return fmt.Sprintf("%d users", p.Total)
}

func (l *listUsers) next(ctx context.Context, server operator, args map[string]any) (p userPage, err error) {
	result, err := call(ctx, server, "listUsers", args, nil)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(result, &p)
}

func (l *listUsers) print(at console, hit json.RawMessage) error {
	if l.JSON {
		return at.printJSON(hit)
	}
	var user struct {
		named
		ID         string   `json:"_id"`
		ProfileIDs []string `json:"profileIds"`
	}
	if err := json.Unmarshal(hit, &user); err != nil {
		return err
	}
	return at.printLine(user.ID, user.ProfileIDs, user.named)
}

// named is the part of a user that tells the names to log in with.
type named struct {
	LoginNames []string `json:"loginNames"`
}

// String lists the names. Users choose them, so that each is written as a cell.
func (n named) String() string {
	shown := make([]string, len(n.LoginNames))
	for i, name := range n.LoginNames {
		shown[i] = cell.Replace(name)
	}
	return strings.Join(shown, ", ")
}

// printLine prints a user's id, profiles and names.
func (at console) printLine(id string, profiles []string, names named) error {
	_, err := fmt.Fprintf(at.out, "%s\t%s\t%s\n", id, strings.Join(profiles, ", "), names)
	return err
}
