package platform

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// otherUsers returns the entries of a folder's list of rights that are neither its user's, nor the
// system's, nor administrators'.
func otherUsers(t *testing.T, dir string) string {
	t.Helper()
	rights, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	entries := regexp.MustCompile(`\(A;[^)]*\)`).FindAllString(rights.String(), -1)
	if len(entries) == 0 {
		return "everybody: " + rights.String()
	}
	var others []string
	for _, entry := range entries {
		fields := strings.Split(strings.Trim(entry, "()"), ";")
		if who := fields[5]; who != "SY" && who != "BA" && who != user.User.Sid.String() {
			others = append(others, entry)
		}
	}
	return strings.Join(others, "")
}
