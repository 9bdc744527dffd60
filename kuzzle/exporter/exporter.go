package exporter

import (
	"context"
	"encoding/json"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
)

// Page is a page of all users, and the cursor of the next one: "" at the end.
type Page struct {
	Users []imports.Exported `json:"users"`
	Next  string             `json:"next"`
}

// Pages returns the users after a cursor, "" for the first.
type Pages func(ctx context.Context, after string) (Page, error)

// JSON writes all users as NDJSON for kuzzle import. It returns their number, and the
// number of users with data that could not be written, according to Exported.Lost.
func JSON(ctx context.Context, pages Pages, out io.Writer) (users, lost int64, err error) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for after := ""; ; {
		page, err := pages(ctx, after)
		if err != nil {
			return users, lost, err
		}
		for _, u := range page.Users {
			if err := encoder.Encode(u); err != nil {
				return users, lost, err
			}
			users++
			if len(u.Lost) > 0 {
				lost++
			}
		}
		if after = page.Next; after == "" {
			return users, lost, nil
		}
	}
}
