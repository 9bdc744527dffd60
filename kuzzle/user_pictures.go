package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type userPictures struct {
	Set    setPicture    `cmd:"" help:"Give a user a picture."`
	Remove removePicture `cmd:"" help:"Remove a user's picture."`
}

type setPicture struct {
	config.Flags
	User string `arg:"" name:"kuid" help:"Id of the user."`
	File string `arg:"" type:"existingfile" help:"PNG, JPEG, GIF or WebP of at most 10 MB."`
	JSON bool   `name:"json" help:"Print JSON, as security:setPicture answers it."`
}

// Run sends the file.
func (s *setPicture) Run(ctx context.Context, at console) error {
	content, err := s.read()
	if err != nil {
		return err
	}
	if len(content) == 0 {
		return usageError(s.File + ": the file is empty")
	}
	server, err := reach(ctx, s.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	raw, err := act(ctx, server, backend.AdminRequest{Controller: "security", Action: "setPicture", Args: map[string]any{"_id": s.User}, Content: content})
	if err != nil {
		return err
	}
	if s.JSON {
		return at.printJSON(raw)
	}
	var now struct {
		Type string
		Size int64
	}
	if err := json.Unmarshal(raw, &now); err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "%s has a picture: %s, %d bytes\n", s.User, now.Type, now.Size)
	return err
}

// read reads the file, at most one byte more than the server's limit: the server then
// refuses the picture.
func (s *setPicture) read() ([]byte, error) {
	file, err := os.Open(s.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, pictures.MaxBytes+1))
}

type removePicture struct {
	config.Flags
	User string `arg:"" name:"kuid" help:"Id of the user."`
}

// Run removes it.
func (r *removePicture) Run(ctx context.Context, at console) error {
	var now struct{}
	if _, err := ask(ctx, r.Flags, "security", "deletePicture", map[string]any{"_id": r.User}, nil, &now); err != nil {
		return err
	}
	_, err := fmt.Fprintf(at.out, "%s has no picture\n", r.User)
	return err
}
