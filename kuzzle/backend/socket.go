package backend

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// maxSocketPath is how long the name of a socket may be, in bytes, on every
// system that has them.
const maxSocketPath = 100

// DialAdmin connects to the running server of a data directory. Its error is
// fs.ErrNotExist or ECONNREFUSED when none runs.
func DialAdmin(ctx context.Context, cfg config.Config) (conn net.Conn, err error) {
	err = nearby(filepath.Join(cfg.Data, AdminSocket), func(near string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", near)
		return err
	})
	return conn, err
}

// nearby calls use with a name of the socket that is short enough. A data
// directory deep in the tree is reached through a descriptor of it, where the
// system has such names.
func nearby(path string, use func(string) error) error {
	if len(path) <= maxSocketPath || runtime.GOOS != "linux" {
		return use(path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return use(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}
