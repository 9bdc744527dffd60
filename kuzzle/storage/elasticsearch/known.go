package elasticsearch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// Known reads from a file the ID of the store that a server has used, for Options.Expect. Without the
// file it is "".
func Known(file string) (string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	id := strings.TrimSpace(string(text))
	if err == nil && id == "" {
		err = fmt.Errorf("%s is empty and should name this server's store: if the configured cluster has this server's data, remove the file", file)
	}
	return id, err
}

// Remember makes Known return another ID than before, also after a crash.
func Remember(file, before, id string) error {
	if before == id {
		return nil
	}
	return platform.Replace(file, []byte(id+"\n"))
}
