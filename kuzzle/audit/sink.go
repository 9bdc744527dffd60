package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// sink is the target of lines: a file that can be reopened, or any writer.
type sink struct {
	out  io.Writer
	file *os.File
	path string
	// torn is set if the last line was written only in part.
	torn bool
}

func openSink(cfg Config) (*sink, error) {
	s := &sink{out: cfg.Out, path: cfg.Path}
	return s, s.open()
}

func (s *sink) open() error {
	if s.path == "" {
		return nil
	}
	file, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	old := s.file
	s.file, s.out, s.torn = file, file, false
	if old != nil {
		return errors.Join(old.Sync(), old.Close())
	}
	return nil
}

// write appends lines in one call, so that lines of several writers to one file do not mix. It
// first ends a torn line.
func (s *sink) write(lines []byte) error {
	if s.torn {
		lines = append([]byte{'\n'}, lines...)
	}
	n, err := s.out.Write(lines)
	if err == nil {
		s.torn = false
		return nil
	}
	if n > 0 {
		s.torn = lines[n-1] != '\n'
	}
	return fmt.Errorf("audit: %w", err)
}

func (s *sink) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Sync()
	if info, statErr := s.file.Stat(); statErr == nil && !info.Mode().IsRegular() {
		// Pipes and devices cannot be synced.
		err = nil
	}
	return errors.Join(err, s.file.Close())
}
