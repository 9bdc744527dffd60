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

// maxSocketPath is the maximum length of a socket's name, in bytes, that all
// systems allow.
const maxSocketPath = 100

// DialAdmin connects to the running server of a data directory. Without a
// running server its error is fs.ErrNotExist or ECONNREFUSED.
func DialAdmin(ctx context.Context, cfg config.Config) (conn net.Conn, err error) {
	err = nearby(filepath.Join(cfg.Data, AdminSocket), func(near string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", near)
		return err
	})
	return conn, err
}

// nearby calls use with a name of the socket that is short enough. If the path
// of the data directory is too long, it uses the name of an open descriptor, on
// systems that have such names.
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
