//go:build !darwin && !windows

package platform

// Memory is not known here: files tell it.
func Memory() (bytes int64, known bool) { return 0, false }
