package gathering

import (
	"github.com/ncruces/go-sqlite3/vfs"
)

// Name is what SQLite calls the file system.
const Name = "gathering"

func init() {
	vfs.Register(Name, system{vfs.Find("").(vfs.VFSFilename)})
}

// system is the operating system's files, except that a log written ahead
// (WAL) is a [logFile].
type system struct{ vfs.VFSFilename }

// OpenFilename implements vfs.VFSFilename.
func (g system) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := g.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &logFile{File: file}
	}
	return file, flags, err
}

// gathered is how much of a log waits in memory at most.
const gathered = 256 << 10

// logFile gathers what SQLite appends to its log, a frame's head and its page at
// a time, and writes it when it has to be on disk or is looked for. Nobody reads
// frames before the commit that ends them, and with synchronous=FULL a commit
// counts after its Sync alone: what a crash finds in memory was never promised.
type logFile struct {
	vfs.File
	waiting []byte
	at      int64
}

// WriteAt implements io.WriterAt. A failure is that of any write before.
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

// Close implements io.Closer. What waits was never committed.
func (f *logFile) Close() error { return f.File.Close() }
