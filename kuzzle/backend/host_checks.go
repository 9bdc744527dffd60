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
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// What findings are about.
const (
	aboutDirectory  = "data directory"
	aboutKey        = "master key"
	aboutClock      = "clock"
	aboutUsers      = "users"
	aboutFirstStart = "openness"
	aboutWebhooks   = "webhooks"

	aboutServiceKeys = "service keys"
)

const (
	// leastSpace is what a server should have left, in bytes.
	leastSpace = 256 << 20
	// ahead is how far a file's time may lie in the future.
	ahead = time.Minute
	// others are the permissions of everybody but the owner.
	others fs.FileMode = 0o077
)

func finding(level storage.Level, about, problem, remedy string) Finding {
	return Finding{Level: level, About: about, Problem: problem, Remedy: remedy}
}

// surroundings looks at what a server stands on beside its store: folder, files,
// disk, clock, master key. It opens no database.
func hostChecks(cfg config.Config) []Finding {
	var found []Finding
	if _, err := loadMasterKey(cfg); err != nil {
		found = append(found, Finding{Level: Misconfigured, About: aboutKey, Problem: strings.TrimPrefix(err.Error(), "master key: ")})
	}
	if weakness := servicekeys.Weak(cfg.Clerk.SecretKey.Reveal()); weakness != "" {
		found = append(found, finding(Degraded, aboutServiceKeys, "clerk.secretKey "+weakness, "write one as kuzzle key create makes them"))
	}
	dir, err := os.Stat(cfg.Data)
	switch {
	case err != nil:
		return found // whoever needs it says so
	case !dir.IsDir():
		return append(found, finding(Misconfigured, aboutDirectory, cfg.Data+" is no folder", "name the data directory with --data"))
	}
	if mode := dir.Mode().Perm(); mode&others != 0 && runtime.GOOS != "windows" {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("%s is open to others (mode %04o)", cfg.Data, mode), "run: chmod 700 "+cfg.Data))
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
	if free, known := freeSpace(cfg.Data); known && free < max(leastSpace, size) {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("its disk has %d bytes left, and the database takes %d", free, size), "free space: writes fail when there is none, and a backup needs as much again"))
	}
	return found
}

func examineFile(path string, file fs.FileInfo) []Finding {
	var found []Finding
	if mode := file.Mode().Perm(); mode&others != 0 && runtime.GOOS != "windows" {
		found = append(found, finding(Degraded, aboutDirectory, fmt.Sprintf("%s is open to others (mode %04o)", path, mode), "run: chmod 600 "+path))
	}
	if early := time.Until(file.ModTime()); early > ahead {
		found = append(found, finding(Degraded, aboutClock, fmt.Sprintf("this machine's is %s behind the last write to %s", early.Round(time.Second), path),
			"have it follow a time source (NTP): what expires goes by it"))
	}
	return found
}

// warn tells the log what an operator should know about the surroundings. The
// server starts nevertheless: a group may have been given access on purpose.
func warn(cfg config.Config, log *slog.Logger) {
	for _, f := range hostChecks(cfg) {
		if f.Level != Note {
			log.Warn(f.About+": "+f.Problem, "remedy", f.Remedy)
		}
	}
}
