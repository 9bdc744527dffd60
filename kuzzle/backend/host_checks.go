package backend

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// Topics of findings.
const (
	aboutDirectory  = "data directory"
	aboutKey        = "master key"
	aboutClock      = "clock"
	aboutUsers      = "users"
	aboutFirstStart = "first start"
	aboutWebhooks   = "webhooks"

	aboutServiceKeys = "service keys"
	aboutFrontend    = "Frontend API"
)

const (
	// leastSpace is the free space that a server should have, in bytes.
	leastSpace = 256 << 20
	// ahead is how far a file's time may lie in the future.
	ahead = time.Minute
	// others are the permissions of all users except the owner.
	others fs.FileMode = 0o077
)

func finding(level storage.Level, about, problem, remedy string) Finding {
	return Finding{Level: level, About: about, Problem: problem, Remedy: remedy}
}

// hostChecks checks what a server needs besides its store: folder, files, disk,
// clock, master key. It opens no database.
func hostChecks(cfg config.Config) []Finding {
	var found []Finding
	if _, err := loadMasterKey(cfg); err != nil {
		found = append(found, Finding{Level: Misconfigured, About: aboutKey, Problem: strings.TrimPrefix(err.Error(), "master key: ")})
	}
	if weakness := servicekeys.Weak(cfg.Clerk.SecretKey.Reveal()); weakness != "" {
		found = append(found, finding(Degraded, aboutServiceKeys, "clerk.secretKey "+weakness, "write one in the form of kuzzle key create"))
	}
	dir, err := os.Stat(cfg.Data)
	switch {
	case err != nil:
		return found // the user of the directory reports it
	case !dir.IsDir():
		return append(found, finding(Misconfigured, aboutDirectory, cfg.Data+" is not a folder", "name the data directory with --data"))
	}
	if mode := dir.Mode().Perm(); mode&others != 0 && runtime.GOOS != "windows" {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("%s is accessible to others (mode %04o)", cfg.Data, mode), "run: chmod 700 "+cfg.Data))
	}
	size := int64(0)
	for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
		file, err := os.Stat(filepath.Join(cfg.Data, name))
		if err != nil {
			continue
		}
		size += file.Size()
		found = append(found, examineFile(filepath.Join(cfg.Data, name), file)...)
	}
	if free, known := platform.FreeSpace(cfg.Data); known && free < max(leastSpace, size) {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("its disk has %d bytes left, and the database has %d bytes", free, size), "free space: writes fail without it, and a backup needs as much again"))
	}
	return found
}

func examineFile(path string, file fs.FileInfo) []Finding {
	var found []Finding
	if mode := file.Mode().Perm(); mode&others != 0 && runtime.GOOS != "windows" {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("%s is accessible to others (mode %04o)", path, mode), "run: chmod 600 "+path))
	}
	if early := time.Until(file.ModTime()); early > ahead {
		found = append(found, finding(Degraded, aboutClock, fmt.Sprintf("the clock of this machine is %s behind the last write to %s", early.Round(time.Second), path),
			"synchronize it with a time source (NTP): expiry depends on it"))
	}
	return found
}

// warn logs the findings of hostChecks. The server starts nevertheless: an
// operator may have given a group access on purpose.
func warn(cfg config.Config, log *slog.Logger) {
	for _, f := range hostChecks(cfg) {
		if f.Level != Note {
			log.Warn(f.About+": "+f.Problem, "remedy", f.Remedy)
		}
	}
}
