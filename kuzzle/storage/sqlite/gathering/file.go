package gathering

import (
	"github.com/ncruces/go-sqlite3/vfs"
)

// Name is the name of the file system for SQLite.
const Name = "gathering"

func init() {
	vfs.Register(Name, system{vfs.Find("").(vfs.VFSFilename)})
}

// system uses the operating system's files, except that a write-ahead log (WAL)
// is a [logFile].
type system struct{ vfs.VFSFilename }

// OpenFilename implements vfs.VFSFilename.
func (g system) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := g.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &logFile{File: file}
	}
	return file, flags, err
}

// gathered is the maximum size of the part of a log that waits in memory.
const gathered = 256 << 10

// logFile gathers SQLite's appends to its log, a frame's header and its page at
// a time, and writes them when they must be on disk or are read. Frames are not
// read before the commit that ends them, and with synchronous=FULL a commit
// counts only after its Sync: a crash loses only frames that were never
// acknowledged.
type logFile struct {
	vfs.File
	waiting []byte
	at      int64
}

// WriteAt implements io.WriterAt. Its error may belong to an earlier write.
func (f *logFile) WriteAt(p []byte, off int64) (int, error) {
	if off != f.at+int64(len(f.waiting)) || len(f.waiting)+len(p) > gathered {
		if err := f.flush(); err != nil {
			return 0, err
		}
		f.at = off
	}
	f.waiting = append(f.waiting, p...)
	return len(p), nil
}

func (f *logFile) flush() error {
	if len(f.waiting) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.waiting, f.at)
	f.at += int64(len(f.waiting))
	f.waiting = f.waiting[:0]
	return err
}

// ReadAt implements io.ReaderAt.
func (f *logFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// Sync implements vfs.File.
func (f *logFile) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// Truncate implements vfs.File.
func (f *logFile) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Size implements vfs.File.
func (f *logFile) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Close implements io.Closer. Frames that still wait were never committed.
func (f *logFile) Close() error { return f.File.Close() }
