package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// inviter sees to it that a server without an administrator gets one.
type inviter struct {
	config   config.Config
	log      *slog.Logger
	terminal io.Writer
	accounts *accounts.Accounts
	boot     *bootstrapToken
	// listening is the address that the server answers on, nil before it does.
	listening *atomic.Pointer[net.Addr]
}

// firstAdmin sees to it that a server without an administrator can get one: the
// configured one is created, or whoever runs the server is told how to make one.
func (i *inviter) firstAdmin(ctx context.Context, addr net.Addr) error {
	i.greet(addr)
	exists, err := i.accounts.Users.AdminExists(ctx)
	if err != nil {
		return err
	}
	if exists {
		if i.config.Dev {
			i.log.InfoContext(ctx, "dev opens nothing: the first administrator exists")
		}
		return nil
	}
	admin := i.config.Admin
	if admin.Username != "" {
		password, err := admin.Reveal()
		if err != nil {
			return err
		}
		_, err = i.accounts.Credentials.FirstAdmin(ctx, users.Actor{Kuid: users.AnonymousKuid, Operator: true}, credentials.NewUser{
			Credentials: map[string]any{"local": map[string]any{"username": admin.Username, "password": password}},
			Visible:     true,
		}, false)
		if errors.Is(err, users.ErrAdminExists) {
			return nil
		}
		if err == nil {
			i.log.InfoContext(ctx, "the configured administrator was created", "key", "admin.username")
		}
		return err
	}
	return i.invite(ctx, addr)
}

// invite tells whoever runs a server without an administrator how to make the
// first one, and with dev that the server is open until then. The token goes to
// a file or to a terminal, and never to the log.
func (i *inviter) invite(ctx context.Context, addr net.Addr) error {
	file := i.config.BootstrapTokenFile
	if i.config.Dev {
		i.tell(ctx, invitation{
			about: "open to this machine: until the first administrator exists, every program on it may do everything without logging in",
			ways:  []string{i.createFirstAdmin(addr, "")},
		})
		return nil
	}
	bearer := "$(cat FILE)"
	if file != "" || i.onTerminal() {
		tok, err := i.boot.renew(ctx)
		if err != nil {
			return err
		}
		bearer = tok
		if file != "" {
			if err := writePrivate(file, tok+"\n"); err != nil {
				return err
			}
			bearer = "$(cat '" + strings.ReplaceAll(file, "'", `'\''`) + "')"
		}
	}
	called := invitation{
		about: "no administrator exists yet, and until one does nobody may do anything",
		ways:  []string{commandLine(i.config), i.createFirstAdmin(addr, bearer)},
		note:  "the token is good for one administrator and for " + config.Duration(bootstrapLife).String(),
	}
	if file == "" && !i.onTerminal() {
		called.note = "the token is written to the file that the setting bootstrapTokenFile names (KUZZLE_BOOTSTRAP_TOKEN_FILE); set it and start again"
	}
	i.tell(ctx, called)
	return nil
}

// invitation is how to make the first administrator.
type invitation struct {
	about string
	// ways are commands of which one is enough.
	ways []string
	note string
}

// tell writes an invitation to the terminal, or to the log where there is none.
func (i *inviter) tell(ctx context.Context, what invitation) {
	note := "write a password of your own in place of " + placeholder
	if what.note != "" {
		note += "; " + what.note
	}
	if i.onTerminal() {
		text := fmt.Sprintf("%s.\nTo create the first administrator, run:\n\n  %s\n\n(%s)\n\n", what.about, strings.Join(what.ways, "\n\nor\n\n  "), note)
		// A terminal that is gone has nobody before it.
		_, _ = fmt.Fprint(i.terminal, strings.ToUpper(text[:1])+text[1:])
		return
	}
	values := []any{"run", what.ways[0]}
	for _, way := range what.ways[1:] {
		values = append(values, "or", way)
	}
	i.log.WarnContext(ctx, what.about, append(values, "note", note)...)
}

// placeholder stands for a password in a command to copy. It is shorter than any
// password may be, so that the command fails as it stands.
const placeholder = "…"

// firstName is what the administrator of those commands is called.
const firstName = "root"

// greet tells whoever started the server at a terminal that it listens, and where to go
// next. A log says so in a line of its own.
func (i *inviter) greet(addr net.Addr) {
	if i.onTerminal() {
		at := i.scheme() + reachable(addr)
		_, _ = fmt.Fprintf(i.terminal, "Kuzzle listens on %s. Next: open %s/dashboard/ in a browser.\n", at, at)
	}
}

func (i *inviter) scheme() string {
	if i.config.HTTP.TLS.Cert != "" {
		return "https://"
	}
	return "http://"
}

// createFirstAdmin is the curl that creates the first administrator on the
// server that listens on addr.
func (i *inviter) createFirstAdmin(addr net.Addr, bearer string) string {
	header, curl := "", "curl -X POST "
	if i.config.HTTP.TLS.Cert != "" {
		curl = "curl --insecure -X POST "
	}
	if bearer != "" {
		header = `-H "authorization: Bearer ` + bearer + `" `
	}
	return curl + i.scheme() + reachable(addr) + "/_createFirstAdmin/" + firstName + ` -H "content-type: application/json" ` + header +
		`-d '{"credentials":{"local":{"username":"` + firstName + `","password":"` + placeholder + `"}}}'`
}

// reachable is an address at which this machine reaches the listener of addr.
func reachable(addr net.Addr) string {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return addr.String()
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
}

// commandLine is the command that creates the first administrator with the
// rights of the data directory.
func commandLine(cfg config.Config) string {
	line := "kuzzle admin create --username " + firstName
	if cfg.Data != config.Default().Data {
		line += " --data '" + strings.ReplaceAll(cfg.Data, "'", `'\''`) + "'"
	}
	return line
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
// administrator a second time. A server that runs on tells anew how to make one.
func (i *inviter) forgetBootstrap(ctx context.Context, _ events.Event) {
	if err := i.boot.forget(ctx); err != nil {
		i.log.ErrorContext(ctx, "the bootstrap token handed out earlier goes on working", "cause", err)
		return
	}
	if addr := i.listening.Load(); addr != nil {
		if err := i.invite(ctx, *addr); err != nil {
			i.log.ErrorContext(ctx, "no token for the first administrator was handed out; restart the server", "cause", err)
		}
	}
}

// onTerminal reports whether a person reads along.
func (i *inviter) onTerminal() bool {
	file, ok := i.terminal.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
