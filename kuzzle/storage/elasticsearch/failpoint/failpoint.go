//go:build !failpoints

// Package failpoint names the steps at which tests stop or kill a node.
package failpoint

import "context"

// Reach is the point at which tests built with failpoints stop or kill a node.
func Reach(context.Context, string) {}
