package backend

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// bootstrapPrefix begins the one-time token that lets createFirstAdmin be
// called from another machine.
const bootstrapPrefix = "kboot-"

// bootstrapLife is how long such a token is good for; a start without an
// administrator makes a new one.
const bootstrapLife = 24 * time.Hour

// bootstrapSetting is where its hash is kept: one for all nodes of a cluster.
const bootstrapSetting = "bootstrap-token"

type bootstrapToken struct {
	store    storage.Store
	accounts *accounts.Accounts
	now      func() time.Time
}

type bootstrapPart struct {
	SHA256    string `json:"sha256"`
	ExpiresAt int64  `json:"expiresAt"`
}

func isBootstrapToken(tok string) bool { return strings.HasPrefix(tok, bootstrapPrefix) }

// renew makes a fresh token in place of the one there was.
func (b *bootstrapToken) renew(ctx context.Context) (string, error) {
	tok := bootstrapPrefix + rand.Text() + rand.Text()
	expires := b.now().Add(bootstrapLife)
	content, err := json.Marshal(bootstrapPart{SHA256: hash(tok), ExpiresAt: expires.UnixMilli()})
	if err != nil {
		return "", err
	}
	old, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	doc := storage.Document{ID: bootstrapSetting, Version: old.Version + 1, Incarnation: old.Incarnation, Content: content, ExpiresAt: expires}
	_, err = b.store.Commit(ctx, storage.Change{In: storage.Settings, ID: doc.ID, Put: &doc, If: old.Rev})
	return tok, err
}

// forget makes whatever token there is worthless: it was made for a server that
// never had an administrator.
func (b *bootstrapToken) forget(ctx context.Context) error {
	old, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if err == nil {
		_, err = b.store.Commit(ctx, storage.Change{In: storage.Settings, ID: bootstrapSetting, If: old.Rev})
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// caller answers who a bootstrap token stands for: nobody, allowed one thing,
// and nothing once an administrator exists.
func (b *bootstrapToken) caller(ctx context.Context, tok string) (api.Caller, error) {
	exists, err := b.accounts.AdminExists(ctx)
	if err != nil {
		return api.Caller{}, err
	}
	doc, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if exists || errors.Is(err, storage.ErrNotFound) {
		return api.Caller{}, token.ErrInvalid.New()
	}
	if err != nil {
		return api.Caller{}, err
	}
	var part bootstrapPart
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return api.Caller{}, err
	}
	same := subtle.ConstantTimeCompare([]byte(part.SHA256), []byte(hash(tok))) == 1
	if !same || b.now().UnixMilli() >= part.ExpiresAt {
		return api.Caller{}, token.ErrInvalid.New()
	}
	caller := anonymous
	caller.Via = api.ViaBootstrap
	return caller, nil
}

func hash(tok string) string {
	sum := sha256.Sum256([]byte(tok))
	return hex.EncodeToString(sum[:])
}

// firstAdmin sees to it that a server without an administrator can get one: the
// configured one is created, else a token is handed to whoever runs it.
func (app *App) firstAdmin(ctx context.Context) error {
	exists, err := app.accounts.AdminExists(ctx)
	if err != nil || exists {
		return err
	}
	admin := app.config.Admin
	if admin.Username != "" {
		password, err := adminPassword(admin)
		if err != nil {
			return err
		}
		_, err = app.accounts.FirstAdmin(ctx, accounts.Actor{Kuid: accounts.AnonymousKuid, Operator: true}, accounts.NewUser{
			Credentials: map[string]any{"local": map[string]any{"username": admin.Username, "password": password}},
			Visible:     true,
		}, false)
		if errors.Is(err, accounts.ErrAdminExists) {
			return nil
		}
		if err == nil {
			app.log.InfoContext(ctx, "the configured administrator was created", "key", "admin.username")
		}
		return err
	}
	if app.loopbackOnly() && app.config.BootstrapTokenFile == "" {
		return app.boot.forget(ctx)
	}
	tok, err := app.boot.renew(ctx)
	if err != nil {
		return err
	}
	return app.handOut(tok)
}

// adminPassword is the configured one, or what its file holds without the line
// end that editors add.
func adminPassword(admin config.Admin) (string, error) {
	if admin.PasswordFile == "" {
		return admin.Password.Reveal(), nil
	}
	text, err := os.ReadFile(admin.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("admin.passwordFile: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// handOut gives the bootstrap token to a file or to a terminal, and never to
// the log.
func (app *App) handOut(tok string) error {
	if file := app.config.BootstrapTokenFile; file != "" {
		return writePrivate(file, tok+"\n")
	}
	if !isTerminal(app.terminal) {
		app.log.Warn("no administrator exists yet: set KUZZLE_BOOTSTRAP_TOKEN_FILE to be given the token for createFirstAdmin, or run 'kuzzle admin create'")
		return nil
	}
	_, err := fmt.Fprintf(app.terminal, "No administrator exists yet. To create one from another machine, send this token\n"+
		"as bearer to POST /_createFirstAdmin within %s:\n\n  %s\n\n", config.Duration(bootstrapLife), tok)
	return err
}

// writePrivate writes a file that only its owner can read, whatever its mode was
// when it was there before. What is no file, such as a pipe, stays as it is.
func writePrivate(path, text string) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = file.Chmod(0o600)
	}
	if err == nil {
		_, err = file.WriteString(text)
	}
	return err
}

// forgetBootstrap follows a reset: a token handed out before must not make an
// administrator a second time.
func (app *App) forgetBootstrap(ctx context.Context, _ events.Event) {
	if err := app.boot.forget(ctx); err != nil {
		app.log.ErrorContext(ctx, "the bootstrap token handed out earlier goes on working", "cause", err)
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
