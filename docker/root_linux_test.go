package docker

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// inRoot has a command see a folder as all there is, as the image's user: as
// root by a change of root, otherwise by a namespace of users where the system
// allows one.
func inRoot(t *testing.T, cmd *exec.Cmd, root, user string) {
	t.Helper()
	uidText, gidText, _ := strings.Cut(user, ":")
	uid, err := strconv.Atoi(uidText)
	gid, err2 := strconv.Atoi(gidText)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getgid(), Size: 1}}
}

// give makes a folder the image's user's, as the Dockerfile's COPY does.
func give(t *testing.T, folder, user string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return // it is the caller's, who is that user in the namespace
	}
	uid, gid, _ := strings.Cut(user, ":")
	u, err := strconv.Atoi(uid)
	g, err2 := strconv.Atoi(gid)
	if err := errors.Join(err, err2, os.Chown(folder, u, g)); err != nil {
		t.Fatal(err)
	}
}
