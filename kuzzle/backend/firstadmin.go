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
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/bootstrap"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// inviter ensures that a server without an administrator gets one.
type inviter struct {
	config   config.Config
	log      *slog.Logger
	terminal io.Writer
	accounts *accounts.Accounts
	boot     *bootstrap.Token
	// listening is the address that the server answers on, nil before it does.
	listening *atomic.Pointer[net.Addr]
}

// firstAdmin ensures that a server without an administrator can get one: it
// creates the configured one, or tells the operator how to create one.
func (i *inviter) firstAdmin(ctx context.Context, addr net.Addr) error {
	i.greet(addr)
	exists, err := i.accounts.Users.AdminExists(ctx)
	if err != nil {
		return err
	}
	if exists {
		if i.config.Dev {
			i.log.InfoContext(ctx, "dev has no effect: the first administrator exists")
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

// invite tells the operator of a server without an administrator how to create
// the first one, and with dev that the server is open until then. The token goes
// to a file or to a terminal, never to the log.
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
		tok, err := i.boot.Renew(ctx)
		if err != nil {
			return err
		}
		bearer = tok
		if file != "" {
			if err := writePrivate(file, tok+"\n"); err != nil {
				return err
			}
			bearer = "$(cat " + quoted(file) + ")"
		}
	}
	called := invitation{
		about: "no administrator exists yet; until one exists only service keys may do anything",
		ways:  []string{commandLine(i.config), i.createFirstAdmin(addr, bearer)},
		note:  "the token works for one administrator and for " + config.Duration(bootstrap.Lifetime).String(),
	}
	if file == "" && !i.onTerminal() {
		called.note = "the token is written to the file of the setting bootstrapTokenFile (KUZZLE_BOOTSTRAP_TOKEN_FILE); set it and start again"
	}
	i.tell(ctx, called)
	return nil
}

// invitation describes how to create the first administrator.
type invitation struct {
	about string
	// ways are alternative commands; one is enough.
	ways []string
	note string
}

// tell writes an invitation to the terminal, or to the log without a terminal.
func (i *inviter) tell(ctx context.Context, what invitation) {
	note := "write your own password instead of " + placeholder
	if what.note != "" {
		note += "; " + what.note
	}
	if i.onTerminal() {
		text := fmt.Sprintf("%s.\nTo create the first administrator, run:\n\n  %s\n\n(%s)\n\n", what.about, strings.Join(what.ways, "\n\nor\n\n  "), note)
		// An error means that the terminal is gone, with nobody in front of it.
		_, _ = fmt.Fprint(i.terminal, strings.ToUpper(text[:1])+text[1:])
		return
	}
	values := []any{"run", what.ways[0]}
	for _, way := range what.ways[1:] {
		values = append(values, "or", way)
	}
	i.log.WarnContext(ctx, what.about, append(values, "note", note)...)
}

// placeholder stands for a password in a command to copy. It is shorter than the
// minimum length of passwords, so that the unchanged command fails.
const placeholder = "…"

// firstName is the user name of the administrator in those commands.
const firstName = "root"

// greet tells the user at the terminal that the server listens, and where to go next. A log
// gets that as a line of its own.
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

// reachable returns an address by which this machine reaches the listener of
// addr.
func reachable(addr net.Addr) string {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return addr.String()
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
}

// commandLine returns the command that creates the first administrator with the
// rights of the data directory.
func commandLine(cfg config.Config) string {
	line := "kuzzle admin create --username " + firstName
	if cfg.Data != config.Default().Data {
		line += " --data " + quoted(cfg.Data)
	}
	return line
}

// quoted returns a path as the shells of this system read it as one word.
func quoted(path string) string {
	if runtime.GOOS == "windows" {
		return `"` + path + `"` // which no path contains
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// writePrivate writes a file that only its owner can read, and restricts the mode of an
// existing file. It does not change the mode of a path that is not a regular file, such as a
// pipe.
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

// forgetBootstrap runs after a reset: an earlier token must not create an
// administrator a second time. A running server shows again how to create one.
func (i *inviter) forgetBootstrap(ctx context.Context, _ events.Event) {
	if err := i.boot.Forget(ctx); err != nil {
		i.log.ErrorContext(ctx, "the bootstrap token from before the reset stays valid", "cause", err)
		return
	}
	if addr := i.listening.Load(); addr != nil {
		if err := i.invite(ctx, *addr); err != nil {
			i.log.ErrorContext(ctx, "no token for the first administrator was made; restart the server", "cause", err)
		}
	}
}

// onTerminal reports whether a person reads the output.
func (i *inviter) onTerminal() bool {
	file, ok := i.terminal.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
