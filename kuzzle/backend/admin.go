package backend

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
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// AdminSocket is the name, in the data directory, of the socket by which the command line reaches a
// running server. Every process that can open it has every right.
const AdminSocket = "admin.sock"

// Limits of the admin socket.
const (
	maxAdminRequest = 16 << 20
	adminTimeout    = 10 * time.Second
)

// AdminRequest is a request of the command line. Exactly one of its kinds is set: an action, a
// backup, a new signing key, an import, an export, or an examination of the server.
type AdminRequest struct {
	Controller string         `json:"controller,omitempty"`
	Action     string         `json:"action,omitempty"`
	Args       map[string]any `json:"args,omitempty"`
	Body       map[string]any `json:"body,omitempty"`
	// Content is the body of an action that reads it as a stream, such as a picture.
	Content []byte `json:"content,omitempty"`
	// Backup is the absolute path of the file for a backup.
	Backup string `json:"backup,omitempty"`
	// Rotate requests a new signing key.
	Rotate *Rotation `json:"rotate,omitempty"`
	// PublicKeys requests the keys by which other services verify tokens.
	PublicKeys bool `json:"publicKeys,omitempty"`
	// Import requests an import of users, Export a page of an export.
	Import *ImportBatch `json:"import,omitempty"`
	Export *ExportPage  `json:"export,omitempty"`
	// WeakDigests requests their count.
	WeakDigests bool `json:"weakDigests,omitempty"`
	// Checkup requests an examination of the server.
	Checkup *Checkup `json:"checkup,omitempty"`
}

// Operate answers an AdminRequest with every right. The answer to an action is an envelope, to a
// backup the schema of the copy, to a rotation {"key": the new key's id}, to public keys a JSON Web
// Key Set, to an import a list of outcomes, to an export {"users": [...], "next": the cursor}, to
// weak digests [WeakDigests], to a checkup an [Examination].
func (app *App) Operate(ctx context.Context, in AdminRequest) ([]byte, error) {
	return app.office().operate(ctx, in)
}

// office serves the operator of this process: it answers requests of the command line, and listens
// on the admin socket of a running server.
type office struct {
	data     string // the data directory
	store    storage.Store
	ring     *token.Keyring
	signer   *signing.Signer
	accounts *accounts.Accounts
	bus      *events.Bus
	log      *slog.Logger
	// dispatch runs actions, checkup examines the server.
	dispatch func(context.Context, *api.Request) *api.Response
	checkup  func(context.Context, Checkup) (Examination, error)
}

func (app *App) office() *office {
	return &office{
		data: app.config.Data, store: app.store, ring: app.ring, signer: app.signer, accounts: app.accounts, bus: app.bus, log: app.log,
		dispatch: app.Dispatch, checkup: app.Checkup,
	}
}

func (o *office) operate(ctx context.Context, in AdminRequest) ([]byte, error) {
	if in.Rotate != nil {
		return o.rotate(ctx, *in.Rotate)
	}
	if in.PublicKeys {
		return o.signer.JWKS(ctx)
	}
	if in.Import != nil {
		return o.importBatch(ctx, *in.Import)
	}
	if in.Export != nil {
		return o.exportPage(ctx, *in.Export)
	}
	if in.Checkup != nil {
		e, err := o.checkup(ctx, *in.Checkup)
		return encoded(e, err)
	}
	if in.WeakDigests {
		counted, err := countWeakDigests(ctx, o.accounts.Care)
		return encoded(counted, err)
	}
	if in.Backup != "" {
		has, err := o.backup(ctx, in.Backup)
		return encoded(has, err)
	}
	req := &api.Request{
		ID: uuid.NewString(), Controller: in.Controller, Action: in.Action, Args: in.Args,
		Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
	}
	if in.Body != nil {
		req.Body = in.Body
	}
	if in.Content != nil {
		req.Stream = bytes.NewReader(in.Content)
	}
	res := o.dispatch(ctx, req)
	return res.Append(nil, req, false), nil
}

// encoded returns an answer as JSON unless there is an error.
func encoded(answer any, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// Backup writes a copy of the database, while it is in use, to a file that must not exist. The copy
// does not contain the master key. For data in a cluster it returns an error.
func (app *App) Backup(ctx context.Context, file string) error {
	_, err := app.office().backup(ctx, file)
	return err
}

// backup returns the schema of the copy too.
func (o *office) backup(ctx context.Context, file string) (storage.Schema, error) {
	store, ok := o.store.(backuper)
	if !ok {
		return storage.Schema{}, errClusterBackup
	}
	return store.Backup(ctx, file)
}

// listen returns errNoSocket where the system has no such sockets.
func (o *office) listen() (listener net.Listener, err error) {
	path := filepath.Join(o.data, AdminSocket)
	// This process owns the data directory, so an existing socket is dead.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = nearby(path, func(near string) (err error) {
		listener, err = net.Listen("unix", near)
		return err
	})
	if platform.NoSocketsInFolders(err) {
		err = fmt.Errorf("%w: %w: this version of the system has no sockets in folders", errNoSocket, err)
	}
	if err != nil {
		return nil, err
	}
	// A short name may be gone when the listener closes; Serve removes the file.
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

func (o *office) serve(ctx context.Context, listener net.Listener) {
	server := &http.Server{
		ReadHeaderTimeout: adminTimeout,
		Handler:           http.HandlerFunc(o.answer),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), adminTimeout)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	err := server.Serve(listener)
	if !stop() {
		<-stopped
	}
	_ = os.Remove(filepath.Join(o.data, AdminSocket)) // clients notice a dead socket anyway
	if !errors.Is(err, http.ErrServerClosed) {
		o.log.ErrorContext(ctx, "the admin socket stopped", "cause", err)
	}
}

func (o *office) answer(w http.ResponseWriter, r *http.Request) {
	var in AdminRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminRequest))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := o.operate(r.Context(), in)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // the command line notices an error itself
}
