package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// SyncFolder does nothing: Windows refuses to flush a folder, and its file system keeps a journal of
// names.
func SyncFolder(string) error { return nil }

// MakePrivate creates a folder that only the user of this process and administrators can enter, and
// missing ones above it. An existing folder stays as it is. Modes do not do this on Windows: a folder in
// the root of a disk would be open to all users of the machine.
func MakePrivate(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return os.MkdirAll(dir, 0o700) // which says so if it is a file
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	// The folder's own list, which files in it inherit: its user, the system, administrators.
	rights, err := windows.SecurityDescriptorFromString(fmt.Sprintf("D:P(A;OICI;FA;;;%s)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", user.User.Sid))
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	with := windows.SecurityAttributes{SecurityDescriptor: rights}
	with.Length = uint32(unsafe.Sizeof(with))
	if err := windows.CreateDirectory(name, &with); err != nil && !errors.Is(err, syscall.ERROR_ALREADY_EXISTS) {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}
