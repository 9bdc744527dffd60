package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// AdminSocket is the name, in the data directory, of the socket by which the
// command line reaches a running server. Whoever may open it has every right.
const AdminSocket = "admin.sock"

// Limits of the admin socket.
const (
	maxAdminRequest = 16 << 20
	adminTimeout    = 10 * time.Second
)

// AdminRequest is what the command line asks for: an action, a backup, a new
// signing key, users to bring in or to write out, or what is wrong.
type AdminRequest struct {
	Controller string         `json:"controller,omitempty"`
	Action     string         `json:"action,omitempty"`
	Args       map[string]any `json:"args,omitempty"`
	Body       map[string]any `json:"body,omitempty"`
	// Content is the body of an action that takes it as it is, such as a picture.
	Content []byte `json:"content,omitempty"`
	// Backup is the absolute path of a file to write a backup to.
	Backup string `json:"backup,omitempty"`
	// Rotate asks for a new signing key.
	Rotate *Rotation `json:"rotate,omitempty"`
	// PublicKeys asks for those by which other services verify tokens.
	PublicKeys bool `json:"publicKeys,omitempty"`
	// Import asks to bring in users, Export to write some out.
	Import *ImportBatch `json:"import,omitempty"`
	Export *ExportPage  `json:"export,omitempty"`
	// WeakDigests asks for their count.
	WeakDigests bool `json:"weakDigests,omitempty"`
	// Checkup asks what is wrong.
	Checkup *Checkup `json:"checkup,omitempty"`
}

// Operate answers an AdminRequest with every right: an action as an envelope,
// a backup as the schema of the copy, a rotation as {"key": the new key's id}, public keys as a JSON Web Key Set, an
// import as a list of outcomes, an export as {"users": [...], "next": the cursor}, the weak
// digests as [WeakDigests], a checkup as [Examination].
func (app *App) Operate(ctx context.Context, in AdminRequest) ([]byte, error) {
	return app.office().operate(ctx, in)
}

// office is where the operator of this process is served: what the command line
// asks for, and the socket on which it asks a running server.
type office struct {
	data     string // the data directory
	store    storage.Store
	ring     *token.Keyring
	signer   *signing.Signer
	accounts *accounts.Accounts
	bus      *events.Bus
	log      *slog.Logger
	// dispatch answers actions, checkup examines the server.
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

// encoded is an answer as JSON, unless there is none.
func encoded(answer any, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// Backup writes a copy of the database while it is in use, to a file that must
// not exist. The master key is not part of it. A cluster's data has none.
func (app *App) Backup(ctx context.Context, file string) error {
	_, err := app.office().backup(ctx, file)
	return err
}

// backup tells also which schema the copy has.
func (o *office) backup(ctx context.Context, file string) (storage.Schema, error) {
	store, ok := o.store.(backuper)
	if !ok {
		return storage.Schema{}, errClusterBackup
	}
	return store.Backup(ctx, file)
}

func (o *office) listen() (listener net.Listener, err error) {
	path := filepath.Join(o.data, AdminSocket)
	// The data directory is ours alone, so a socket that is there is a dead one.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = nearby(path, func(near string) (err error) {
		listener, err = net.Listen("unix", near)
		return err
	})
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
	_ = os.Remove(filepath.Join(o.data, AdminSocket)) // a dead one is told from a live one anyway
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
	_, _ = w.Write(answer) // the command line notices by itself
}
