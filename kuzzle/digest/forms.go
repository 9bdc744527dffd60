package digest

import (
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Canonical returns the form in which the instance hashes new passwords: é is one character
// and not two. Some keyboards send it composed, others in parts.
func Canonical(password string) string { return norm.NFC.String(password) }

// forms returns the ways to write a password in Unicode, the canonical one first. An
// imported digest may be of any. Their number depends on the password alone, so unknown
// users cost as many hashes as known ones.
func forms(password string) []string {
	composed, inParts := norm.NFC.String(password), norm.NFD.String(password)
	if composed == inParts && composed == password {
		return []string{password}
	}
	all := slices.Compact([]string{composed, inParts})
	if !slices.Contains(all, password) {
		all = append(all, password)
	}
	return all
}
