package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// How long to wait while another process has the data directory: a server that
// is about to answer, or another command.
const (
	patience = 5 * time.Second
	pause    = 50 * time.Millisecond
)

// maxAnswer bounds the size of a server's answer.
const maxAnswer = 64 << 20

// operator runs requests with every right.
type operator interface {
	// ask returns the same as backend.App.Operate.
	ask(ctx context.Context, in backend.AdminRequest) ([]byte, error)
	close()
}

// Whether a command creates a missing data directory.
const (
	existing = false
	creating = true
)

// reach connects to the running server of a data directory, or opens the
// directory.
func reach(ctx context.Context, flags config.Flags, create bool) (operator, error) {
	from := flags.Sources(os.Environ())
	cfg, _, err := config.Load(from)
	if err != nil {
		return nil, err
	}
	var server operator
	err = patiently(ctx, func() (err error) {
		if server, err = connect(ctx, cfg); server != nil || err != nil {
			return err
		}
		// A server on a cluster has no database in the directory, but it has its socket there.
		if err = hasData(cfg, create); err == nil {
			server, err = open(from)
		}
		return err
	})
	return server, err
}

// hasData fails if there is no data and create is false.
func hasData(cfg config.Config, create bool) error {
	has, err := backend.HasData(cfg)
	if err == nil && !has && !create {
		err = fmt.Errorf("there is no database in %s; name its folder with --data, or make one with kuzzle serve", cfg.Data)
	}
	return err
}

// patiently repeats do while another process has the data directory.
func patiently(ctx context.Context, do func() error) error {
	for deadline := time.Now().Add(patience); ; {
		err := do()
		if !backend.InUse(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// remote is a running server.
type remote struct{ client *http.Client }

// connect returns nil if no server listens at the socket.
func connect(ctx context.Context, cfg config.Config) (operator, error) {
	conn, err := backend.DialAdmin(ctx, cfg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the server's socket cannot be used; run this as the user of the server: %w", err)
	}
	conn.Close()
	return remote{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return backend.DialAdmin(ctx, cfg) },
	}}}, nil
}

func (r remote) ask(ctx context.Context, in backend.AdminRequest) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+backend.AdminSocket+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server stopped before it answered; the request may have been carried out: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(answer) > maxAnswer:
		return nil, errors.New("the server's answer is too long; request less at once")
	case res.StatusCode != http.StatusOK:
		return nil, errors.New(strings.TrimSpace(string(answer)))
	}
	return answer, nil
}

func (r remote) close() { r.client.CloseIdleConnections() }

// opened is a backend that the command opened itself.
type opened struct{ app *backend.App }

func open(from config.Sources) (operator, error) {
	// The backend's log lines below errors are for operators of a server, not
	// for users of a command.
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	app, err := backend.New(backend.FromSources(from), backend.WithTerminal(nil), backend.WithLog(log))
	if err != nil {
		return nil, err
	}
	return opened{app}, nil
}

// ask encodes the request as JSON, as the socket does: actions expect JSON's
// types.
func (o opened) ask(ctx context.Context, in backend.AdminRequest) ([]byte, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var same backend.AdminRequest
	if err := json.Unmarshal(text, &same); err != nil {
		return nil, err
	}
	return o.app.Operate(ctx, same)
}

func (o opened) close() {
	if err := o.app.Close(); err != nil {
		slog.Error("the data directory could not be closed properly", "cause", err)
	}
}
