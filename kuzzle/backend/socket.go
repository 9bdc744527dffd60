package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// maxSocketPath is the maximum length of a socket's name, in bytes, that all
// systems allow.
const maxSocketPath = 100

// errNoSocket means that a server of a data directory has no admin socket.
var errNoSocket = errors.New("no admin socket")

// DialAdmin connects to the running server of a data directory. Its error is
// fs.ErrNotExist if there is no running server, or one without a socket.
func DialAdmin(ctx context.Context, cfg config.Config) (conn net.Conn, err error) {
	path := filepath.Join(cfg.Data, AdminSocket)
	// Not every system tells a missing socket from other faults of a dial.
	if _, err := os.Lstat(path); err != nil {
		return nil, err
	}
	err = nearby(path, func(near string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", near)
		return err
	})
	if platform.Refused(err) || errors.Is(err, errNoSocket) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return conn, err
}

// nearby calls use with a name of the socket that is short enough. If the path
// of the data directory is too long, it uses the name of an open descriptor; on
// systems without such names it fails with errNoSocket.
func nearby(path string, use func(string) error) error {
	if len(path) <= maxSocketPath {
		return use(path)
	}
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w: %s has %d bytes, at most %d are possible: name a data directory with a shorter path", errNoSocket, path, len(path), maxSocketPath)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return use(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}
